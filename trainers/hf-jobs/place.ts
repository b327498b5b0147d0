import type { ServicePlace } from '../hosted/connect.js'

/** Where Hugging Face Jobs are found: on the Hub. */
export const HF_JOBS: ServicePlace = { url: 'https://huggingface.co', keyVariable: 'HF_TOKEN' }
