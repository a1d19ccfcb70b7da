"""The five-layer network of the FER-2013 reports: four double convolutions, then dense layers.

Source: the five-layer CNN report on FER-2013 (62.1 % there, 64.4 % with test-time augmentation).
"""

from typing import Any

from tasks.params import ModelParams
from tasks.schema import EMOTIONS

FILTERS = (32, 64, 128, 256)
# Keras' 0.99 needs thousands of steps before inference sees the data's statistics; small data sets have hundreds.
MOMENTUM = 0.9


def build(params: ModelParams, size: int) -> Any:
    """Return the untrained network: (n, size, size, 3) levels 0..255 -> (n, 7) probabilities.

    1,326,567 trainable and 2,176 non-trainable parameters for 48 pixels.

    Args:
        size: of a face's side, pixels; at least 16.
    """
    from keras import Input, Model, layers

    inputs = Input((size, size, 3), name="pixels")
    # Each face to mean 0 and standard deviation 1, without parameters: FER-2013's light differs more than its faces.
    x = layers.LayerNormalization(axis=[1, 2, 3], center=False, scale=False, dtype="float32")(inputs)
    for filters in FILTERS:
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
            x = layers.BatchNormalization(momentum=MOMENTUM)(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(params.dropout)(x)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(64, activation="relu")(x)
        x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    # float32 whatever the precision before it: probabilities must sum to one.
    outputs = layers.Dense(len(EMOTIONS), activation="softmax", dtype="float32", name="probabilities")(x)
    return Model(inputs, outputs, name="cnn5")
