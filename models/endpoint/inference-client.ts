import { InferenceClient, setLogger } from '@huggingface/inference'

const silent = (): void => {}

/** Hugging Face's client, which otherwise prints to stdout, where results go. */
export function inferenceClient(key: string | undefined): InferenceClient {
  setLogger({ debug: silent, info: silent, warn: silent, error: silent, log: silent })
  return new InferenceClient(key)
}
