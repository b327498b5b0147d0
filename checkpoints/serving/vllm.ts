import type { AdapterServer, RequestChange, ServedAdapter } from './adapter-server.js'
import type { ServerClient } from './server-client.js'

/**
 * vLLM started with `--enable-lora` and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True
 * (https://docs.vllm.ai/en/latest/features/lora/): an adapter is loaded under a name, which is then a model.
 */
export class VllmAdapters implements AdapterServer {
  constructor(private readonly client: ServerClient) {}

  async load({ name, path }: ServedAdapter, signal?: AbortSignal): Promise<RequestChange> {
    const answer = await this.client.call('load_lora_adapter', { lora_name: name, lora_path: path }, signal)
    const { status, words } = answer
    if (status === 200 || words.includes('already been loaded')) return { model: name }
    const off = status === 404 && words === 'Not Found'
    throw this.client.refused(
      answer,
      `load ${path}`,
      off
        ? 'start vLLM with --enable-lora, and with VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its environment'
        : `check that vLLM sees the folder under this path (\`models.${this.client.name}.adapterFolder\`), and that its --max-lora-rank is not below trainer.lora.rank`,
    )
  }

  async unload({ name }: Pick<ServedAdapter, 'name'>, signal?: AbortSignal): Promise<void> {
    const answer = await this.client.call('unload_lora_adapter', { lora_name: name }, signal)
    if (answer.status === 200 || answer.status === 404) return
    throw this.client.refused(answer, `unload ${name}`, 'look into the log of vLLM')
  }

  isUnknown({ status }: { status: number | null }): boolean {
    return status === 404
  }
}
