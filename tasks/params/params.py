"""Everything that params.yaml may say."""

from typing import Literal

from pydantic import Field

from tasks.params.data import Data
from tasks.params.explore import Explore
from tasks.params.model import Model
from tasks.params.monitor import Monitor
from tasks.params.prepare import Prepare
from tasks.params.promoting import Promote
from tasks.params.scoring import Score
from tasks.params.search import Search
from tasks.params.training import Evaluate, Export, ModelParams, Train


class Cluster(Model):
    """Where Dask runs."""

    address: str = ""  # of an existing scheduler; empty: a local cluster
    workers: int = Field(0, ge=0)  # 0: one per core
    security: str = ""  # folder with ca.pem, cert.pem and key.pem; empty: no TLS
    insecure: bool = False  # use a scheduler on another machine without TLS
    classify_on: Literal["", "GPU"] = ""  # Dask resource of the workers that classify; empty: those that find faces


class Tracking(Model):
    """The MLflow store."""

    uri: str = ""  # empty: MLFLOW_TRACKING_URI, else sqlite under out/
    experiment: str = "fermata"
    model_name: str = "emotion"
    patience: float = Field(120.0, ge=0)  # seconds for which a finished training waits for a store that is away


class Params(Model):
    """Everything that params.yaml may say."""

    data: Data = Data()
    prepare: Prepare = Prepare()
    explore: Explore = Explore()
    model: ModelParams = ModelParams()
    train: Train = Train()
    search: Search = Search()
    evaluate: Evaluate = Evaluate()
    export: Export = Export()
    promote: Promote = Promote()
    score: Score = Score()
    monitor: Monitor = Monitor()
    cluster: Cluster = Cluster()
    tracking: Tracking = Tracking()
