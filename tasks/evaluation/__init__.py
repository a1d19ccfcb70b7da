"""What an evaluation finds out, beyond the figures of ``tasks.evaluate``, and the files that it leaves.

Two kinds of truth. `labels` is the data set's own word. `votes` is what most of several people see: an image counts
where its most frequent choice is one of the seven emotions, untied, and has at least half of all its votes; all others
are left out and counted by reason (`truth.PROTOCOL`). All figures but `votes` and `rejects` are by the chosen truth,
over the images that count, under the chosen prior, with what is known of each picture's quality: as scoring labels.

metrics.json. All shares are 0..1; an interval is [low, high]; null stands for what cannot be said, NaN never does.

| key | what |
|---|---|
| `accuracy`, `macro_f1`, `weighted_f1`, `macro_precision`, `macro_recall`, `weighted_precision`, `weighted_recall` | macro: mean over the classes that have images; weighted: by their images |
| `ece`, `nll`, `brier` | calibration error (15 bins of equal width), negative log-likelihood, Brier score (0..2) |
| `images` | judged, that count |
| `truth` | labels or votes |
| `prior` | `asked` and `name` (another one where the model doesn't say its own and keeps it); `shares` by emotion, null where they aren't known; `interval` by emotion for an estimate, else null |
| `labels`, `confusion` | classes in order; rows truth, columns prediction |
| `per_class` | class -> `precision`, `recall`, `f1`, `support`, `average_precision`, `roc_auc`; without images 0, 0, 0, 0, null, null |
| `confidence`, `intervals` | share that intervals cover; bootstrap intervals of `accuracy`, `macro_f1`, `macro_recall`, `ece`, and `recall` per class; {} without resamples |
| `counts` | `images`, `left_out` (all reasons together), `per_class`, `failures` |
| `failures` | reason -> labelled images that could not be judged (failures.csv names them) |
| `split`, `data_digest`, `model_digest`, `architecture` | what was judged by what; equal digests of the data: equal faces and labels, whatever the truth |
| `train_test_gap` | `accuracy`, `validation_accuracy` (the model card's) and `validation_gap`; `training_images` (a seeded sample), `training_accuracy` and `training_gap`, null where the training data is not at hand; all without views |
| `tta` | `views` (1: the image alone), `accuracy_without`, `gain`, `gain_interval` (paired bootstrap), on the same images |
| `calibration` | `temperature`; `ece`, `brier` and `nll` `before` and `after` it, and `cross_fitted`: each half judged with the temperature of the other (`temperatures`) |
| `reliability` | bins that hold images: `low`, `high`, `count`, `confidence`, `accuracy` |
| `abstention` | `aurc`; `accuracy_at` coverage 0.9, 0.8, 0.5; `curve` of `coverage`, `risk`, `threshold` |
| `coverage` | what is left with `score.abstain_below` alone (`abstain_below`): `labelled`, their share; `accuracy_labelled`; `shares` of the labels; `by_size`: null, or for the faces reduced to each of 48, 32, 24, 20, 16, 12 pixels `side`, `accuracy`, `ece`, `labelled`, `accuracy_labelled`, `shares`, `shares_of_all`, `variation`, `variation_of_all` (total variation from 48 pixels), `abstention`; without views |
| `slices` | name -> rows of `group`, `count`, `accuracy`, `interval` (Wilson), `macro_f1`; of small groups `group`, `count`, `suppressed` |
| `robustness` | null, or `accuracy` by kind and severity 1..5, `mean_by_kind`, `mean_by_severity`, `mean`, `undamaged`; without views |
| `votes` | null, or by people's votes, whatever the truth: `protocol`; `images` that count, `left_out` by reason; `accuracy`, `macro_recall`, `recall` by class, and their `intervals`; over all `asked` images of which somebody named one of the seven `cross_entropy` (nats) of the answers without the model's temperature with the votes' shares, `baseline_cross_entropy` (of their mean shares), `least_cross_entropy` (of themselves), `agreement_with_one_voter` (of the label with one drawn among those who named one of the seven), `agreement_of_best_constant`, `agreement_of_majority`; `word`: by the data set's own label `images`, `accuracy`, `macro_recall`, and `agreement_with_majority` of that label |
| `rejects` | null, or over all `images` the `mean` of each output; `unreadable_roc_auc` against images whose most frequent choice is none of the seven |
| `multi_label` | multi-label models on voted images only: `images`, `mean_average_precision`, `per_class` |

Beside it: predictions.csv, mistakes.csv, label-errors.csv, failures.csv; confusion, roc, precision-recall,
reliability, risk-coverage, and where there are such mistakes, robustness and sizes, as PNG; profile.json, which
`fermata monitor` holds the newest runs against.
"""  # noqa: E501
