import t from 'tap'
import { ATTACKS } from './attacks/catalogue.ts'
import { runAttack } from './attacks/run-attack.ts'
import { ROOT } from './support/bins.ts'

/**
 * What grew with the square of these sizes would not end within the time that a test has; the nightly run measures at
 * the full sizes.
 */
for (const attack of ATTACKS) {
  t.test(attack.name, async t => {
    const { code, stages, memory, stderr } = await runAttack(attack, attack.size, t.testdir(), ROOT)
    t.match(stages, attack.expect(attack.size), 'nothing is lost')
    t.ok(code === 0 || code === 1, `ends with ${code}: ${stderr.slice(0, 300)}`)
    t.ok(memory <= attack.memory, `${Math.round(memory / 1e6)} MB of ${Math.round(attack.memory / 1e6)}`)
  })
}
