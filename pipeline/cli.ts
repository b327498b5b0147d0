#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { AttuneError } from '../common/error.js'
import { errorToJson } from '../common/error-to-json.js'
import { formatError } from '../common/format-error.js'
import type { ChatCommandOptions, PushCommandOptions } from './cli/checkpoint-command.js'
import type { DoctorCommandOptions } from './cli/doctor-command.js'
import type { ImportPersonasOptions } from './cli/import-personas-command.js'
import { dayList, nameList, wholeNumber } from './cli/options.js'
import type { RateCommandOptions } from './cli/rate-command.js'
import type { PlanCommandOptions } from './cli/plan-command.js'
import { share } from './cli/share.js'
import { versions } from './run/versions.js'

const collect = (value: string, list: string[]): string[] => [...list, value]

const program = new Command('attune')
  .description(
    'Turns a language model into an assistant that speaks at the right moment and says the right thing.',
  )
  .version(versions()['attune']!)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })

program
  .command('run')
  .description('live the days of a configuration: simulate, rate, pair, train, report; resumes')
  .argument('[config]', 'YAML file', 'configs/quickstart.yaml')
  .option('--set <key=value>', 'override a key, e.g. --set trainer.beta=0.2 (repeatable)', collect, [])
  .option('--runs <folder>', 'folder of all runs', 'runs')
  .option('--json', 'print the report as JSON on stdout', false)
  .addHelpText('after', '\nAll keys: attune keys')
  .action(async (file: string, options: { set: string[]; runs: string; json: boolean }) => {
    const { runCommand } = await import('./cli/run-command.js')
    await runCommand(file, options)
  })

program
  .command('plan')
  .description('check a configuration and tell what it costs: calls, tokens, price, time; calls nothing')
  .argument('[config]', 'YAML file', 'configs/quickstart.yaml')
  .option('--set <key=value>', 'override a key (repeatable)', collect, [])
  .option('--runs <folder>', 'folder of all runs', 'runs')
  .option('--speaks <share>', 'share of replies in which the assistant speaks', share, 0.2)
  .option('--json', 'as one JSON document', false)
  .action(async (file: string, options: PlanCommandOptions) => {
    const { planCommand } = await import('./cli/plan-command.js')
    await planCommand(file, options)
  })

program
  .command('report')
  .description('write report.html of a run again')
  .argument('<run>', 'run folder, e.g. runs/quickstart')
  .option('--json', 'print the report as JSON on stdout', false)
  .action(async (folder: string, options: { json: boolean }) => {
    const { reportCommand } = await import('./cli/report-command.js')
    await reportCommand(folder, options)
  })

program
  .command('rate')
  .description('have another rater rate the stored candidates of a run; tells how far raters agree')
  .argument('<run>', 'run folder, e.g. runs/quickstart')
  .requiredOption('--rater <file>', 'YAML file of the rater, see docs/raters.md')
  .option('--personas <ids>', 'only these, e.g. --personas a,b', nameList)
  .option('--arms <names>', 'only these', nameList)
  .option('--days <days>', 'only these, e.g. --days 1,3..5', dayList)
  .option('--json', 'print the agreement as JSON on stdout', false)
  .action(async (folder: string, options: RateCommandOptions) => {
    const { rateCommand } = await import('./cli/rate-command.js')
    await rateCommand(folder, options)
  })

const personas = program.command('personas').description('the personas that ship with attune')
personas
  .command('list')
  .description('one line a persona')
  .option('--json', 'as JSON', false)
  .action(async (options: { json: boolean }) => {
    const { listPersonas } = await import('./cli/personas-command.js')
    await listPersonas(options)
  })
personas
  .command('show')
  .description('one persona, whole')
  .argument('<id>', 'id, or a YAML file')
  .action(async (id: string) => {
    const { showPersona } = await import('./cli/personas-command.js')
    await showPersona(id)
  })
personas
  .command('import')
  .description('personas of a folder as YAML files: scratch.json of ProPerSim, plain JSON or YAML')
  .argument('<folder>', 'searched with all folders below it')
  .option('--out <folder>', 'where the YAML files go', 'personas')
  .option('--force', 'write over files that say something else', false)
  .option('--structure <config>', 'let a model of this run file write `wants` and `routine`')
  .option('--model <entry>', 'which entry of its `models`, if it has several')
  .option('--json', 'print what was imported as JSON', false)
  .action(async (folder: string, options: ImportPersonasOptions) => {
    const { importPersonasCommand } = await import('./cli/import-personas-command.js')
    await importPersonasCommand(folder, options)
  })

const checkpoints = program
  .command('checkpoint')
  .description('what the nights of a run yielded: lineage, scores, push to the Hub, talk to one')
checkpoints
  .command('list')
  .description('every checkpoint by arm and persona, with the scores of the day it lived')
  .argument('<run>', 'run folder, e.g. runs/quickstart')
  .option('--json', 'as one JSON document', false)
  .action(async (folder: string, options: { json: boolean }) => {
    const { listCommand } = await import('./cli/checkpoint-command.js')
    await listCommand(folder, options)
  })
checkpoints
  .command('show')
  .description('everything of one checkpoint')
  .argument('<run>', 'run folder')
  .argument('<id>', 'id, its beginning, or arm/persona/day')
  .option('--json', 'as JSON', false)
  .action(async (folder: string, id: string, options: { json: boolean }) => {
    const { showCommand } = await import('./cli/checkpoint-command.js')
    await showCommand(folder, id, options)
  })
checkpoints
  .command('push')
  .description('push one to the Hugging Face Hub with a model card; needs HF_TOKEN')
  .argument('<run>', 'run folder')
  .argument('<id>', 'id, its beginning, or arm/persona/day')
  .argument('<repo>', 'owner/name on the Hub')
  .option('--merged', 'an adapter as a whole model, merged into its base', false)
  .option('--public', 'for everyone to see', false)
  .option('--base-model <id>', 'the base on the Hub, where the run names a folder')
  .option('--license <name>', 'license, where the base does not tell its own')
  .option('--dataset <id>', 'dataset on the Hub with the pairs, for the card')
  .option('--hub-url <url>', 'another Hub than https://huggingface.co')
  .option('--json', 'as JSON', false)
  .action(async (folder: string, id: string, repo: string, options: PushCommandOptions) => {
    const { pushCommand } = await import('./cli/checkpoint-command.js')
    await pushCommand(folder, id, repo, options)
  })
checkpoints
  .command('chat')
  .description('type moments (or text, for chat models) and see what it might say, with log-probabilities')
  .argument('<run>', 'run folder')
  .argument('<id>', 'id, its beginning, or arm/persona/day')
  .option('--candidates <n>', 'replies drawn for a line', wholeNumber, 8)
  .option('--json', 'one JSON line for each line typed', false)
  .action(async (folder: string, id: string, options: ChatCommandOptions) => {
    const { chatCommand } = await import('./cli/checkpoint-command.js')
    await chatCommand(folder, id, options)
  })

program
  .command('keys')
  .description('every key of a configuration: type, default, meaning')
  .action(async () => {
    const { keysHelp } = await import('../configs/keys-help.js')
    process.stdout.write(`${keysHelp()}\n`)
  })

program
  .command('doctor')
  .description('check that this machine can run attune')
  .option('--config <file>', 'also look whether the models of this file answer; costs nothing')
  .option('--json', 'as JSON', false)
  .action(async (options: DoctorCommandOptions) => {
    const { doctorCommand } = await import('./cli/doctor-command.js')
    await doctorCommand(options)
  })

// whoever reads the output may stop early, e.g. `attune keys | head`
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    const json = process.argv.includes('--json')
    process.stderr.write(`${json ? JSON.stringify(errorToJson(error)) : formatError(error)}\n`)
    const interrupted = AttuneError.is(error) && error.code === 'INTERRUPTED'
    process.exitCode = interrupted ? 130 : AttuneError.is(error) ? error.exitCode : 1
  }
}
