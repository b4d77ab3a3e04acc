// Known bugs: where they go, the text that must stand there exactly once, and what replaces it. `needs`: what a seed should have drawn, so that the
// hunt begins with those that can show it.
const agreement = 'protocol/agreement/'
const account = 'protocol/account/'

export const mutants = [
  // --- agreement
  {
    name: 'quorum off by one',
    file: 'protocol/membership/committee.ts',
    find: 'return Math.floor((n + f) / 2) + 1',
    replace: 'return Math.floor((n + f) / 2)',
  },
  {
    name: 'commit after one prepare too few',
    file: `${agreement}vote.ts`,
    find: 'if (votes.length < instance.committee.q ||',
    replace: 'if (votes.length < instance.committee.q - 1 ||',
  },
  {
    name: 'header after one commit too few',
    file: `${agreement}vote.ts`,
    find: 'count >= instance.committee.q)',
    replace: 'count >= instance.committee.q - 1)',
  },
  {
    name: 'certificate with one signature too few',
    needs: 'equivocator',
    file: `${agreement}vote.ts`,
    find: 'if (signatures.size >= instance.committee.q && header',
    replace: 'if (signatures.size >= instance.committee.q - 1 && header',
  },
  {
    name: 'commit before its lock is on disk',
    file: `${agreement}vote.ts`,
    find: "out.push({ type: 'persist', record: { kind: 'lock', height: instance.height, prepared: proof, bodies } })",
    replace: '',
  },
  {
    name: 'header before it is on disk',
    file: `${agreement}vote.ts`,
    find: "out.push({ type: 'persist', record: { kind: 'signed', height: instance.height, headerBytes } })",
    replace: '',
  },
  {
    name: 'view change without a durable promise',
    file: `${agreement}view-change.ts`,
    find: "out.push({ type: 'persist', record: { kind: 'promise', height: instance.height, view } })",
    replace: '',
  },
  {
    name: 'the lock is forgotten in a view change',
    file: `${agreement}view-change.ts`,
    find: 'prepared: instance.prepared?.proof ?? null }',
    replace: 'prepared: null }',
  },
  {
    name: 'no view change when the leader is silent',
    file: `${agreement}agreement.ts`,
    find: 'startViewChange(instance, view + 1, nowMs, out)',
    replace: '',
  },
  {
    name: 'nothing is said again',
    file: `${agreement}agreement.ts`,
    find: 'else if (resendAtMs !== undefined && nowMs >= resendAtMs) resend(instance, nowMs, out)',
    replace: '',
  },
  {
    name: 'nobody follows to a later view',
    file: `${agreement}view-change.ts`,
    find: 'if (joined !== undefined) startViewChange(instance, joined, nowMs, out)',
    replace: '',
  },
  {
    name: 'the view timer fires at once',
    file: `${agreement}instance.ts`,
    find: 'return Math.min(limits.viewTimerMs * 2 ** Math.min(view + patience, 20), limits.viewTimerMaxMs)',
    replace: 'return 5',
  },
  {
    name: 'votes are not recalled after a crash',
    needs: 'crash-on',
    file: 'node/recover.ts',
    find: 'crashed: true,',
    replace: 'crashed: false,',
  },
  {
    name: 'a log begins without a durable record',
    file: 'node/core/witness/log-keeper.ts',
    find: 'this.#context.write(log.snapshotChanges(), { durable: true, lane: account })',
    replace: '',
  },
  // --- the driver and the peer
  {
    name: 'sent before the disk has it',
    file: 'node/driver.ts',
    find: 'const pending = lane === undefined ? undefined : this.#lanes.get(lane)',
    replace: 'const pending = undefined as Promise<void> | undefined',
  },
  {
    name: 'a replica takes more than its slots',
    file: 'node/core/replica.ts',
    find: 'return busy < capacity.slots ? undefined',
    replace: 'return busy < 99 ? undefined',
  },
  {
    name: 'a poster says it once',
    file: 'node/core/poster.ts',
    find: 'again.sayAtMs = this.#context.now.monotonicMs + again.everyMs',
    replace: 'again.sayAtMs = Number.POSITIVE_INFINITY',
  },
  {
    name: 'a replica says it once',
    file: 'node/core/replica.ts',
    find: 'run.sayAtMs = this.#context.now.monotonicMs + run.everyMs',
    replace: 'run.sayAtMs = Number.POSITIVE_INFINITY',
  },
  {
    name: 'a sealed log is not handed over',
    file: 'node/core/witness/log-keeper.ts',
    find: 'if (next !== undefined)\n      this.#sendState(',
    replace: 'if (next === undefined)\n      this.#sendState(',
  },
  {
    name: 'a peer wakes up for what nobody can end',
    file: 'node/core/witness/witness.ts',
    find: 'if (due) this.#wokenMs.set(log, now + WAKE_EVERY_MS)',
    replace: '',
  },
  {
    name: 'lease renewals are not confirmed',
    needs: 'equal peers, long runs',
    file: 'node/core/replica.ts',
    find: 'if (renewal.by.size >= q) run.heldSinceMs',
    replace: 'if (renewal.by.size > 99) run.heldSinceMs',
  },
  // --- signatures
  {
    name: 'inputs are taken unsigned',
    needs: 'forger',
    file: `${account}inputs.ts`,
    find: 'return input !== undefined && verifyEnvelope(envelope, domain) ? input : undefined',
    replace: 'return input',
  },
  {
    name: 'offers are taken unsigned',
    needs: 'forger',
    file: 'protocol/membership/offer.ts',
    find: 'if (!parsed.success || !verifyEnvelope(envelope, domain)) return undefined',
    replace: 'if (!parsed.success) return undefined',
  },
  // --- the account's log
  {
    name: 'a sequence number is not used up',
    file: `${account}admit.ts`,
    find: 'draft.lastSeq = spec.seq',
    replace: 'draft.lastSeq = spec.seq - 1',
  },
  {
    name: 'a later number is admitted first',
    file: `${account}admit.ts`,
    find: 'if (spec.seq > draft.lastSeq + 1) return',
    replace: '',
  },
  {
    name: 'the deposit is not looked at',
    needs: 'more authorised than deposited',
    file: `${account}admit.ts`,
    find: "return covered > draft.funds ? 'CREDITS_SHORT' : undefined",
    replace: 'return undefined',
  },
  {
    name: 'certified time is the latest clock',
    file: `${account}step.ts`,
    find: 'clocks[Math.floor((clocks.length - 1) / 2)]',
    replace: 'clocks[clocks.length - 1]',
  },
  {
    name: 'certified time may go back',
    file: `${account}step.ts`,
    find: 'return Math.max(state.timeMs, clocks',
    replace: 'return Math.max(0, clocks',
  },
  {
    name: 'the fence is skipped',
    needs: 'hoarder',
    file: `${account}draft.ts`,
    find: "return seat !== undefined && seat.fence === fence && seat.role !== 'standby' ?",
    replace: "return seat !== undefined && seat.role !== 'standby' ?",
  },
  {
    name: 'a standby keeps fence 0',
    file: `${account}place.ts`,
    find: "return { ...seat, role: 'offered', fence: draft.height,",
    replace: "return { ...seat, role: 'offered',",
  },
  {
    name: 'tickets go out with an old fence',
    file: `${account}place.ts`,
    find: "const fence = role === 'offered' ? draft.height : 0",
    replace: "const fence = role === 'offered' ? 1 : 0",
  },
  {
    name: 'results are revealed too early',
    file: `${account}bind.ts`,
    find: "if (active.length === 0 || active.some((seat) => seat.role !== 'committed')) continue",
    replace: "if (active.length === 0 || !active.some((seat) => seat.role === 'committed')) continue",
  },
  {
    name: 'results need not open their commitment',
    needs: 'copier',
    file: `${account}judge.ts`,
    find: 'if (seat.commitment !== commitmentHash({ jobId, fence, peer, outputDigest: digest, nonce })) return false',
    replace: '',
  },
  {
    name: 'a failed replica gets the job again',
    file: `${account}draft.ts`,
    find: 'return update(draft, job, { seats, excluded })',
    replace: 'return update(draft, job, { seats })',
  },
  {
    name: 'a job never expires',
    file: `${account}expire.ts`,
    find: 'if (draft.timeMs > job.spec.deadlineMs) close',
    replace: 'if (draft.timeMs > job.spec.deadlineMs + 1e9) close',
  },
  {
    name: 'an accept that does not come is waited for',
    file: `${account}replace.ts`,
    find: "if (seat.role === 'offered' && draft.timeMs > seat.sinceMs + limits.acceptTimeoutMs)",
    replace: "if (seat.role === 'offered' && draft.timeMs > seat.sinceMs + 1e9)",
  },
  {
    name: 'a dead replica is never replaced',
    file: `${account}replace.ts`,
    find: "if (seat.role === 'running' && late)",
    replace: "if (seat.role === 'offered' && late)",
  },
  {
    name: 'a job that nobody can run waits for ever',
    file: `${account}place.ts`,
    find: 'else if (draft.timeMs >= job.unfitMs + limits.unplaceableGraceMs)',
    replace: 'else if (draft.timeMs >= job.unfitMs + 1e9)',
  },
  // --- money
  {
    name: 'the losers of a vote are paid as well',
    file: `${account}judge.ts`,
    find: '...pay(draft, job, winners, () => meterMs, 1n) })',
    replace: '...pay(draft, job, [...results.keys()], () => meterMs, 1n) })',
  },
  {
    name: 'one micro-credit comes from nowhere',
    file: 'protocol/credits/split.ts',
    find: 'add(amounts, payee, cost - fee)',
    replace: 'add(amounts, payee, cost - fee + 1n)',
  },
  {
    name: 'payments are booked twice',
    file: `${account}draft.ts`,
    find: '(draft.totals.get(payee) ?? 0n) + amount)',
    replace: '(draft.totals.get(payee) ?? 0n) + 2n * amount)',
  },
  {
    name: 'a minority wins',
    file: 'protocol/verification/judge.ts',
    find: 'winners.length * 2 <= of',
    replace: 'winners.length < 1',
  },
  // --- placement
  {
    name: 'a float in a score',
    file: 'protocol/placement/score.ts',
    find: 'return weights.price * pricePts + weights.finish',
    replace: 'return 0.1 * weights.price * pricePts + weights.finish',
  },
  {
    name: 'the order of offers decides',
    file: 'protocol/placement/place.ts',
    find: 'if (above === undefined || compareRanked(above, candidate) <= 0) break',
    replace: 'if (above === undefined || above.score >= candidate.score) break',
  },
]
