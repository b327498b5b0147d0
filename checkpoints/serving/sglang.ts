import type { FailedAttempt } from '../../models/chat-model.js'
import type { AdapterServer, RequestChange, ServedAdapter } from './adapter-server.js'
import type { ServerClient } from './server-client.js'

/**
 * SGLang started with `--enable-lora`, `--max-lora-rank` and `--lora-target-modules`
 * (https://docs.sglang.io/docs/advanced_features/lora): a request names its adapter in `lora_path`, beside the model.
 */
export class SglangAdapters implements AdapterServer {
  constructor(private readonly client: ServerClient) {}

  async load({ name, path }: ServedAdapter, signal?: AbortSignal): Promise<RequestChange> {
    const answer = await this.client.call('/load_lora_adapter', { lora_name: name, lora_path: path }, signal)
    if (answer.status === 200 || /already (exists|loaded)/.test(answer.words))
      return { body: { ...this.client.config.body, lora_path: name } }
    throw this.client.refused(
      answer,
      `load ${path}`,
      `start SGLang with --enable-lora, --max-lora-rank and --lora-target-modules all, and check that it sees the folder under this path (\`models.${this.client.name}.adapterFolder\`)`,
    )
  }

  async unload({ name }: Pick<ServedAdapter, 'name'>, signal?: AbortSignal): Promise<void> {
    const answer = await this.client.call('/unload_lora_adapter', { lora_name: name }, signal)
    if (answer.status === 200 || /does not exist|not loaded/.test(answer.words)) return
    throw this.client.refused(answer, `unload ${name}`, 'look into the log of SGLang')
  }

  /** Its status was 500 in earlier versions and is 400 in later ones. */
  isUnknown({ message }: FailedAttempt): boolean {
    return /LoRA adapters are not loaded/.test(message)
  }
}
