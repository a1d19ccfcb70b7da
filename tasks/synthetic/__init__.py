"""Drawn faces: training data, a demo archive and ground truth without anybody's picture.

identity, expression     who a face is, and which of its muscles move
head, relief, canvas     geometry, light and paint
features, hair, face     one person drawn
crops                    training crops (48 x 48 grey)
scenes, clips, movie     stills, moving pictures and their files
archive, truth           a demo archive and what is really in it
"""
