"""What an evaluation finds out, beyond the figures of ``tasks.evaluate``, and the files that it leaves.

metrics.json. All shares are 0..1; an interval is [low, high]; null stands for what cannot be said, NaN never does.

| key | what |
|---|---|
| `accuracy`, `macro_f1`, `weighted_f1`, `macro_precision`, `macro_recall`, `weighted_precision`, `weighted_recall` | macro: mean over the classes that have images; weighted: by their images |
| `ece`, `nll`, `brier` | calibration error (15 bins of equal width), negative log-likelihood, Brier score (0..2) |
| `images` | judged |
| `labels`, `confusion` | classes in order; rows truth, columns prediction |
| `per_class` | class -> `precision`, `recall`, `f1`, `support`, `average_precision`, `roc_auc`; without images 0, 0, 0, 0, null, null |
| `confidence`, `intervals` | share that intervals cover; bootstrap intervals of `accuracy`, `macro_f1`, `ece`, and `recall` per class; {} without resamples |
| `counts` | `images`, `per_class`, `failures` |
| `failures` | reason -> labelled images that could not be judged (failures.csv names them) |
| `split`, `data_digest`, `model_digest`, `architecture` | what was judged by what; equal digests of the data: equal faces and labels |
| `train_test_gap` | `accuracy`, `validation_accuracy` (the model card's) and `validation_gap`; `training_images` (a seeded sample), `training_accuracy` and `training_gap`, null where the training data is not at hand; all without views |
| `tta` | `views` (1: the image alone), `accuracy_without`, `gain`, `gain_interval` (paired bootstrap), on the same images |
| `calibration` | `temperature`; `ece`, `brier` and `nll` `before` and `after` it, and `cross_fitted`: each half judged with the temperature of the other (`temperatures`) |
| `reliability` | bins that hold images: `low`, `high`, `count`, `confidence`, `accuracy` |
| `abstention` | `aurc`; `accuracy_at` coverage 0.9, 0.8, 0.5; `curve` of `coverage`, `risk`, `threshold` |
| `slices` | name -> rows of `group`, `count`, `accuracy`, `interval` (Wilson), `macro_f1`; of small groups `group`, `count`, `suppressed` |
| `robustness` | null, or `accuracy` by kind and severity 1..5, `mean_by_kind`, `mean`, `undamaged`; without views |
| `votes` | multi-label models on voted images only: `images`, `mean_average_precision`, `per_class` |

Beside it: predictions.csv, mistakes.csv, label-errors.csv, failures.csv; confusion, roc, precision-recall,
reliability, risk-coverage, and where there are such mistakes and robustness, as PNG; profile.json, which
`fermata monitor` holds the newest runs against.
"""  # noqa: E501
