/** What training yields. Stored as `checkpoint.json` beside the weights' folder. */
export interface Checkpoint {
  /** SHA-256 (first 16 hex digits) of what made it: parent, base, pairs, hyperparameters, trainer. */
  id: string
  /** Checkpoint training went on from; null when it started at the base model. */
  parent: string | null
  /** The model the first day began with: a folder or model id. */
  base: string
  /** Backend that trained it, with its version. */
  trainer: string
  /** SHA-256 of the pairs trained on, in order. */
  pairs: string
  /** Folder (relative to `checkpoint.json`) or hosted model id. */
  location: string
  /** `full`: a model folder. `adapter`: a PEFT folder on top of `base`. `hosted`: a model id at its provider. */
  kind: 'full' | 'adapter' | 'hosted'
  /** The trainer's last metrics, under TRL's names. */
  metrics: Record<string, number>
}
