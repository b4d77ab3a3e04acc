/** litesvm's numbered errors in the JSON form of Solana's RPC. */
import type { FailedTransactionMetadata } from 'litesvm/dist/internal.js'

/** `TransactionError` as clients read it: a name, or an object with one member. */
export type TransactionErrorJson = string | { readonly [name: string]: unknown }

/** The error of a failed transaction. */
export function transactionErrorJson(failed: FailedTransactionMetadata): TransactionErrorJson {
  const error = failed.err()
  if (typeof error === 'number') return TRANSACTION_ERRORS[error] ?? `Unknown(${String(error)})`
  if ('err' in error) return { InstructionError: [error.index, instructionErrorJson(error.err())] }
  if ('index' in error) return { DuplicateInstruction: error.index }
  const name = error.constructor.name.replace('TransactionError', '')
  return { [name]: { account_index: error.accountIndex } }
}

/** The sentence that a cluster puts behind "Transaction simulation failed: ". */
export function transactionErrorText(error: TransactionErrorJson): string {
  if (typeof error === 'string') return SENTENCES[error] ?? error
  const inner = error['InstructionError']
  if (!Array.isArray(inner)) return JSON.stringify(error)
  const [index, cause]: unknown[] = inner
  return `Error processing Instruction ${String(index)}: ${instructionErrorText(cause)}`
}

/** Whether the cluster would have put the transaction into a block (and charged its fee) although it failed. */
export function isChargedFailure(error: TransactionErrorJson): boolean {
  return typeof error !== 'string' && !('DuplicateInstruction' in error)
}

type NativeInstructionError = Exclude<
  Exclude<ReturnType<FailedTransactionMetadata['err']>, number> extends infer E
    ? E extends { err(): infer I }
      ? I
      : never
    : never,
  undefined
>

function instructionErrorJson(error: NativeInstructionError): unknown {
  if (typeof error === 'number') return INSTRUCTION_ERRORS[error] ?? `Unknown(${String(error)})`
  if ('code' in error) return { Custom: error.code }
  return { BorshIoError: error.msg }
}

function instructionErrorText(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null && 'Custom' in cause && typeof cause.Custom === 'number') {
    return `custom program error: 0x${cause.Custom.toString(16)}`
  }
  return typeof cause === 'string' ? cause : JSON.stringify(cause)
}

const SENTENCES: Readonly<Record<string, string>> = {
  BlockhashNotFound: 'Blockhash not found',
  AlreadyProcessed: 'This transaction has already been processed',
  AccountNotFound: 'Attempt to debit an account but found no record of a prior credit.',
  InsufficientFundsForFee: 'Insufficient funds for fee',
  SignatureFailure: 'Transaction did not pass signature verification',
  SanitizeFailure: 'Transaction failed to sanitize accounts offsets correctly',
  ProgramAccountNotFound: 'Attempt to load a program that does not exist',
}

const TRANSACTION_ERRORS = `
  AccountInUse AccountLoadedTwice AccountNotFound ProgramAccountNotFound InsufficientFundsForFee InvalidAccountForFee
  AlreadyProcessed BlockhashNotFound CallChainTooDeep MissingSignatureForFee InvalidAccountIndex SignatureFailure
  InvalidProgramForExecution SanitizeFailure ClusterMaintenance AccountBorrowOutstanding WouldExceedMaxBlockCostLimit
  UnsupportedVersion InvalidWritableAccount WouldExceedMaxAccountCostLimit WouldExceedAccountDataBlockLimit
  TooManyAccountLocks AddressLookupTableNotFound InvalidAddressLookupTableOwner InvalidAddressLookupTableData
  InvalidAddressLookupTableIndex InvalidRentPayingAccount WouldExceedMaxVoteCostLimit
  WouldExceedAccountDataTotalLimit MaxLoadedAccountsDataSizeExceeded ResanitizationNeeded
  InvalidLoadedAccountsDataSizeLimit UnbalancedTransaction ProgramCacheHitMaxLimit CommitCancelled
`
  .trim()
  .split(/\s+/)

const INSTRUCTION_ERRORS = `
  GenericError InvalidArgument InvalidInstructionData InvalidAccountData AccountDataTooSmall InsufficientFunds
  IncorrectProgramId MissingRequiredSignature AccountAlreadyInitialized UninitializedAccount UnbalancedInstruction
  ModifiedProgramId ExternalAccountLamportSpend ExternalAccountDataModified ReadonlyLamportChange
  ReadonlyDataModified DuplicateAccountIndex ExecutableModified RentEpochModified NotEnoughAccountKeys
  AccountDataSizeChanged AccountNotExecutable AccountBorrowFailed AccountBorrowOutstanding DuplicateAccountOutOfSync
  InvalidError ExecutableDataModified ExecutableLamportChange ExecutableAccountNotRentExempt UnsupportedProgramId
  CallDepth MissingAccount ReentrancyNotAllowed MaxSeedLengthExceeded InvalidSeeds InvalidRealloc
  ComputationalBudgetExceeded PrivilegeEscalation ProgramEnvironmentSetupFailure ProgramFailedToComplete
  ProgramFailedToCompile Immutable IncorrectAuthority AccountNotRentExempt InvalidAccountOwner ArithmeticOverflow
  UnsupportedSysvar IllegalOwner MaxAccountsDataAllocationsExceeded MaxAccountsExceeded
  MaxInstructionTraceLengthExceeded BuiltinProgramsMustConsumeComputeUnits BorshIoError
`
  .trim()
  .split(/\s+/)
