import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { attune, type Ended, root } from '../helpers/attune.js'
import { AMARA, configFile, temporaryFolder } from '../helpers/run-folder.js'

const folder = temporaryFolder()
const ESCAPE = String.fromCharCode(27)
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

describe('help', () => {
  it.each([
    [[], ['run', 'rate', 'report', 'personas', 'keys', 'doctor']],
    [['run'], ['[config]', '--set', '--runs', '--json', 'attune keys']],
    [['plan'], ['[config]', '--set', '--runs', '--speaks', '--json']],
    [['rate'], ['<run>', '--rater', '--personas', '--arms', '--days', '--json']],
    [['report'], ['<run>', '--json']],
    [['personas'], ['list', 'show']],
    [['personas', 'list'], ['--json']],
    [['personas', 'show'], ['<id>']],
    [['keys'], ['every key']],
    [['doctor'], ['--json']],
  ])('of `attune %s` names its arguments and options on stdout', async (command, words) => {
    const { code, stdout, stderr } = await attune([...command, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`Usage: attune ${command.join(' ')}`.trimEnd())
    for (const word of words) expect(stdout).toContain(word)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('--version is that of the package', async () => {
    expect(await attune(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})

describe('wrong use', () => {
  it.each([
    [['rum'], "unknown command 'rum'"],
    [['run', '--sett', 'days=1'], "unknown option '--sett'"],
    [['run', 'a.yaml', 'b.yaml'], 'too many arguments'],
    [['run', '--set'], "'--set <key=value>' argument missing"],
    [['report'], "missing required argument 'run'"],
    [['rate', 'runs/x'], "required option '--rater <file>' not specified"],
    [['personas', 'shwo'], "unknown command 'shwo'"],
    [[], 'Usage: attune'],
    [['personas'], 'Usage: attune personas'],
  ])('`attune %s` ends with 2 and says so on stderr', async (args, message) => {
    const { code, stdout, stderr } = await attune(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})

describe('attune run', () => {
  const config = configFile(folder, { personas: [AMARA], days: 2 })
  const runs = join(folder, 'runs')
  let plain: Ended
  let json: Ended
  beforeAll(async () => {
    plain = await attune(['run', config, '--runs', runs, '--set', 'days=1', '--set', 'trainer.beta=0.3'])
    json = await attune(['run', config, '--runs', runs, '--set', 'trainer.beta=0.3', '--json'], {
      cwd: folder,
    })
  })

  it('off a terminal prints a plain line a day, then the table and where the report is, all on stderr', () => {
    const { code, stdout, stderr } = plain
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).not.toContain(ESCAPE)
    expect(stderr).toMatch(/^1\/1 full \/ amara-voice-teacher day 1: mean \d\.\d\d, .* an hour$/m)
    expect(stderr).toContain('full (trained), 1 persona')
    expect(stderr).toMatch(/^Report: .*report\.html$/m)
    expect(existsSync(join(runs, 'tiny/report.html'))).toBe(true)
  })

  it('--json prints one document on stdout and nothing else, progress on stderr', () => {
    const { code, stdout, stderr } = json
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ format: 'attune-report/1', run: 'tiny', personas: 1, days: 2 })
    expect(stderr).not.toContain(ESCAPE)
    // the first day was lived by the call before
    expect(stderr).toMatch(/^2\/2 full \/ amara-voice-teacher day 2: /m)
    expect(stderr).not.toContain('1/2 ')
  })

  it('--set goes into the run, and stands in its manifest', () => {
    const manifest = JSON.parse(readFileSync(join(runs, 'tiny/manifest.json'), 'utf8')) as {
      config: { trainer: { beta: number } }
    }
    expect(manifest.config.trainer.beta).toBe(0.3)
  })

  it('gives the report again: a path on stdout, or the same JSON', async () => {
    const path = await attune(['report', join(runs, 'tiny')])
    expect(path).toMatchObject({ code: 0 })
    expect(path.stdout).toMatch(/report\.html\n$/)
    expect(path.stderr).toContain('full (trained), 1 persona')
    expect((await attune(['report', join(runs, 'tiny'), '--json'])).stdout).toBe(json.stdout)
  })

  it('--json tells a failure as one JSON document on stderr', async () => {
    const { code, stdout, stderr } = await attune(['run', 'missing.yaml', '--json'], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({
      code: 'CONFIG_FILE_MISSING',
      kind: 'config',
      file: 'missing.yaml',
    })
  })
})

describe('what helps to write a configuration', () => {
  it('attune personas list: one line a persona, or JSON', async () => {
    const lines = (await attune(['personas', 'list'])).stdout.trim().split('\n')
    const personas = JSON.parse((await attune(['personas', 'list', '--json'])).stdout) as { id: string }[]
    expect(lines).toHaveLength(32)
    expect(lines.map((line) => line.split(' ')[0])).toEqual(personas.map(({ id }) => id))
  })

  it('attune personas show: the file as it is, which can be named in a configuration', async () => {
    const { code, stdout } = await attune(['personas', 'show', AMARA])
    expect(code).toBe(0)
    expect(stdout).toBe(readFileSync(join(root, 'configs/personas', `${AMARA}.yaml`), 'utf8'))
    const unknown = await attune(['personas', 'show', 'amara-voice-teachr'])
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain(`Did you mean \`${AMARA}\`?`)
  })

  it('attune keys: every key; a reader may stop early', async () => {
    const { stdout } = await attune(['keys'])
    for (const key of ['trainer.beta', 'simulator.stepSeconds', 'pairs.replay.count', 'workers'])
      expect(stdout).toContain(key)
    const piped = spawnSync('sh', [
      '-c',
      `"${process.execPath}" "${root}dist/pipeline/cli.js" personas list --json | head -c 1`,
    ])
    expect(piped.stdout.toString()).toBe('[')
    expect(piped.stderr.toString()).toBe('')
  })

  it('attune doctor: versions and whether the model speaks here', async () => {
    const { code, stdout } = await attune(['doctor'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^ok +attune +${version.replaceAll('.', '\\.')}$`, 'm'))
    expect(stdout).toMatch(/^ok +personas +32 valid$/m)
    expect(stdout).toMatch(/^ok +base model +nano says ".+"$/m)
    const checks = JSON.parse((await attune(['doctor', '--json'])).stdout) as { ok: boolean }[]
    expect(checks.every(({ ok }) => ok)).toBe(true)
  })
})
