/**
 * attune as a library: run whole configurations, or plug your own simulator, assistant, model or trainer into the
 * stages.
 *
 * @module attune
 */
export { AttuneError, type ErrorDetails, type ErrorKind } from './common/error.js'
export { type Address, type Random, randomAt } from './common/random.js'
export { loadRunConfig } from './configs/load-run-config.js'
export { loadAnyPersonas, loadPersonas } from './configs/load-personas.js'
export { type RaterConfig, loadRater } from './configs/rater.js'
export { type World, loadWorld } from './configs/load-world.js'
export { type Catalogue, type Meaning, catalogueSentences } from './configs/catalogue.js'
export type { Home } from './configs/home.js'
export { type AnyPersona, type Persona, isStructured, personaSchema } from './configs/persona.js'
export { type PromptText, type Prompts, loadPrompts } from './configs/prompts.js'
export { type EndpointConfig, type RunConfig, type TrainerConfig, runSchema } from './configs/schema.js'
export * from './datasets/schema.js'
export {
  readPairs,
  readRatings,
  readRecords,
  writePairs,
  writeRatings,
  writeRecords,
} from './datasets/parquet.js'
export type { CandidateRating } from './datasets/tables/ratings.js'
export { buildDayPairs } from './datasets/pairing/build-day-pairs.js'
export { buildPairs } from './datasets/pairing/build-pairs.js'
export { drawNight } from './datasets/replay/draw-night.js'
export { type DayMetrics, dayMetrics } from './datasets/metrics/day-metrics.js'
export type {
  ChatMessage,
  ChatModel,
  Choice,
  FailedAttempt,
  GenerateOptions,
  GenerateReply,
  GenerateRequest,
  JsonFormat,
  Sampling,
} from './models/chat-model.js'
export { LocalModel, openLocalModel } from './models/local.js'
export { checkEndpoint } from './models/endpoint/check-endpoint.js'
export type { EndpointOptions } from './models/endpoint/caller.js'
export { EndpointModel } from './models/endpoint/endpoint-model.js'
export { createEmbedder } from './models/embedding/create-embedder.js'
export type { Embedder } from './models/embedding/embedder.js'
export { ScriptedModel } from './models/scripted.js'
export { type ModelFolder, loadModelFolder, saveModelFolder } from './models/lm/hf-folder.js'
export type {
  CallOptions,
  DayPlan,
  PlannedAction,
  RatingOutcome,
  RevisionOutcome,
  UserAgent,
  WishedSlot,
} from './simulator/user-agent.js'
export type { DayPlanner, PlannedDay } from './simulator/day-planner.js'
export { LlmPlanner } from './simulator/llm/llm-planner.js'
export { LlmUser } from './simulator/llm/llm-user.js'
export { RubricUser } from './simulator/rubric-user.js'
export { Understanding } from './simulator/understand.js'
export type { Assistant, AssistantEvent, ProposeOptions, Proposal } from './assistant/assistant.js'
export { ModelAssistant } from './assistant/model-assistant.js'
export type { Checkpoint } from './checkpoints/checkpoint.js'
export { type ExpectedFolder, type InspectedFolder, inspectFolder } from './checkpoints/inspect-folder.js'
export { CheckpointServer } from './checkpoints/serve.js'
export { EndpointServer } from './checkpoints/serving/endpoint-server.js'
export type {
  CollectedJob,
  CollectOptions,
  JobHandle,
  JobPlan,
  JobState,
  JobStatus,
  SubmitOptions,
  Trainer,
  TrainingJob,
  TrainingLog,
} from './trainers/trainer.js'
export { EmbeddedTrainer } from './trainers/embedded/embedded-trainer.js'
export { TrlTrainer } from './trainers/trl/trl-trainer.js'
export { HostedTrainer } from './trainers/hosted/hosted-trainer.js'
export type { Service } from './trainers/hosted/service.js'
export { collectDay } from './pipeline/stages/collect-day.js'
export { type RunOptions, run } from './pipeline/run/run.js'
export { type RateRunOptions, rateRun } from './pipeline/rate/rate-run.js'
export { RunFolder } from './pipeline/run/run-folder.js'
export { writeReport } from './pipeline/report/write-report.js'
