"""Groups `model`, `train`, `evaluate` and `export`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from tasks.params.model import Model
from tasks.params.priors import Prior
from tasks.params.promoting import Share
from tasks.schema import EMOTIONS

Blocks = Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(lambda n: [n] if isinstance(n, int) else n)]


class ModelParams(Model):
    """Which network."""

    architecture: Literal["cnn4", "cnn5", "vgg", "resnet", "mini_xception", "student", "transfer"] = "cnn5"
    dropout: float = Field(0.1, ge=0, lt=1)
    head: Literal["softmax", "sigmoid"] = "softmax"  # one emotion per face, or several (train.loss.name: multi_label)
    rejects: bool = False  # also answers how many people would name no emotion, and whether it is covered or no face
    stem: int = Field(32, ge=1)  # resnet: channels of the first convolution
    widths: tuple[int, ...] = Field((48, 96, 192), min_length=1, strict=False)  # resnet, student: of each stage
    blocks: Blocks = Field((2,), min_length=1, strict=False)  # resnet: residual blocks of each stage; one: of all
    backbone: str = "EfficientNetB0"  # transfer: a class of keras.applications, or FaceResNet
    weights: str = "imagenet"  # transfer: imagenet | none | .keras, .weights.h5, published .h5, .dat | a bundle
    frozen_epochs: int = Field(3, ge=0)  # transfer: epochs in which only the head learns; then all of it


class Warping(Model):
    """Ranges of the random warp; borders are filled with the nearest pixel."""

    rotation: float = Field(10.0, ge=0, le=180)  # degrees
    shift: float = Field(0.05, ge=0, lt=1)  # share of the side
    shear: float = Field(0.05, ge=0, lt=1)  # tangent of the angle
    zoom: float = Field(0.05, ge=0, lt=1)  # factor 1 - zoom .. 1 + zoom
    flip: bool = True
    brightness: float = Field(0.0, ge=0, lt=1)  # factor 1 - brightness .. 1 + brightness
    erasing: float = Field(0.0, ge=0, le=1)  # chance that a rectangle is painted over


class Augment(Warping):
    """What is done to a picture before a network learns from it."""

    damage: float = Field(0.0, ge=0, le=1)  # chance that the picture is damaged (`images.degrade`)
    cover: float = Field(0.0, ge=0, le=1)  # chance that mouth or eyes are covered (`images.cover`)


class Optimiser(Model):
    """How weights follow gradients."""

    name: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = Field(0.002, gt=0)  # the highest, where a schedule changes it
    momentum: float = Field(0.9, ge=0, lt=1)  # sgd, with Nesterov's look ahead
    weight_decay: float = Field(0.0, ge=0)  # decoupled: each step takes rate * decay of a kernel away
    l2: float = Field(0.0, ge=0)  # of the kernels, added to the loss
    clip_norm: float = Field(0.0, ge=0)  # of the whole gradient; 0: off
    schedule: Literal["constant", "cosine", "one_cycle", "plateau"] = "cosine"
    warmup: float = Field(0.3, ge=0, lt=1)  # one_cycle: share of the steps in which the rate rises
    patience: int = Field(3, ge=1)  # plateau: epochs without gain before the rate is cut
    factor: float = Field(0.5, gt=0, lt=1)  # plateau: by which it is cut


class Loss(Model):
    """What is made small."""

    name: Literal["cross_entropy", "focal", "votes", "multi_label"] = "cross_entropy"
    gamma: float = Field(2.0, ge=0)  # focal
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    positive: float = Field(0.2, gt=0, le=1)  # multi_label: share of the votes from which an emotion counts as there
    word: float = Field(0.0, ge=0)  # votes: as how many voters the data set's own label counts
    balanced: bool = False  # the answers are under equal class shares: those of what is drawn are put in the loss
    voted: float = Field(0.0, ge=0, le=1)  # cross_entropy, focal: share of a target that its votes say about its label


class Mixing(Model):
    """Pictures mixed in pairs, and their labels with them."""

    mixup: float = Field(0.0, ge=0)  # alpha of the Beta distribution; 0: off
    cutmix: float = Field(0.0, ge=0)  # the same; with both on, each batch takes one of them
    plain: float = Field(0.15, ge=0, le=1)  # last share of the epochs, which see plain pictures


class Distil(Model):
    """Learning from other networks' probabilities."""

    teachers: tuple[str, ...] = Field((), strict=False)  # bundles, or models:/NAME@ALIAS; averaged
    temperature: float = Field(3.0, gt=0)
    hard: float = Field(0.2, ge=0, le=1)  # share of the loss on the labels
    views: int = Field(4, ge=1)  # of each picture, that the teachers' answers are averaged over


class Negatives(Model):
    """Pictures in which no emotion can be seen, shown beside the faces; with model.rejects only."""

    share: float = Field(0.0, ge=0, lt=1)  # of each batch
    path: str = ""  # a folder or zip of pictures without faces; empty: only what is drawn and cut from the faces


class Train(Model):
    """How it is trained."""

    split: str = "training"
    validation: str = "validation"
    epochs: int = Field(12, ge=1)
    batch_size: int = Field(32, ge=1)
    optimiser: Optimiser = Optimiser()
    loss: Loss = Loss()
    balance: Literal["none", "class_weight", "dynamic", "oversample"] = "class_weight"
    oversampling: float = Field(
        1.0, ge=0, le=1
    )  # 1: each emotion is drawn as often as any; 0.5: by the root of its share
    negatives: Negatives = Negatives()
    mixing: Mixing = Mixing()
    distil: Distil = Distil()
    start: str = ""  # a bundle whose weights it starts from
    ema: float = Field(0.0, ge=0, lt=1)  # moving average of the weights, decay per step; 0: off
    swa: float = Field(0.0, ge=0, le=1)  # even average of the weights over this last share of the epochs; 0: off
    early_stopping: int = Field(0, ge=0)  # epochs without gain on the validation split; 0: off
    fold: int = Field(-1, ge=-1)  # held out for validation, in place of `validation`; -1: none
    part: float = Field(1.0, gt=0, le=1)  # of the images, drawn per class
    memory: int = Field(4_000_000_000, ge=0)  # bytes of images that are held; more are read from a file as needed
    device: Literal["auto", "cpu", "gpu"] = "auto"
    precision: Literal["auto", "float32", "bfloat16"] = (
        "auto"  # auto: bfloat16 where the processor or a GPU computes it natively
    )
    deterministic: bool = False  # the same weights from the same seed, bit for bit; slower
    seed: int = Field(1, ge=0)
    augment: Augment = Augment()

    @model_validator(mode="after")
    def _possible(self) -> "Train":
        if self.loss.name == "multi_label" and (self.distil.teachers or self.loss.label_smoothing):
            raise ValueError("train.loss: multi_label takes neither teachers (train.distil) nor label_smoothing")
        if self.ema and self.swa:
            raise ValueError("train.swa: weights are averaged one way, so train.ema must be 0")
        return self


class Views(Model):
    """Ranges from which test-time augmentation draws its views."""

    rotation: float = Field(8.0, ge=0, le=180)
    shift: float = Field(0.06, ge=0, lt=1)
    shear: float = Field(0.0, ge=0, lt=1)
    zoom: float = Field(0.08, ge=0, lt=1)
    flip: bool = True
    brightness: float = Field(0.0, ge=0, lt=1)
    erasing: float = Field(0.0, ge=0, le=1)


class Slices(Model):
    """Groups of images that are judged apart."""

    groups: tuple[str, ...] = Field((), strict=False)  # columns of the data set, beside what Fermata measures itself
    smallest: int = Field(20, ge=1)  # images; figures of smaller groups are not shown
    pose: bool = False  # also by yaw and pitch, estimated from landmarks that YuNet finds in the faces


class Evaluate(Model):
    """What it is judged on."""

    split: str = "public"
    truth: Literal["labels", "votes", "auto"] = (
        "auto"  # auto: votes, for a model that learnt them, where there are some
    )
    prior: Prior = "everyday"
    batch_size: int = Field(256, ge=1)
    tta: int = Field(0, ge=0)  # seeded views per image whose probabilities are averaged; 0: the image alone
    views: Views = Views()
    seed: int = Field(1, ge=0)
    resamples: int = Field(1000, ge=0)  # of the bootstrap; 0: no intervals
    confidence: float = Field(0.95, gt=0, lt=1)  # of the intervals
    slices: Slices = Slices()
    robustness: bool = False  # also under six kinds of damage, five severities each
    sizes: bool = False  # also reduced to 48, 32, 24, 20, 16 and 12 pixels
    mistakes: int = Field(48, ge=0)  # most confident ones, as a picture and a table


class Export(Model):
    """How `fermata export` changes what a network answers."""

    # Least recall on the evaluation split, 0..1, for which an emotion's logits are raised.
    recall: dict[Literal[EMOTIONS], Share] = {}  # type: ignore[valid-type]
