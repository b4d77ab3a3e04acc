/** The IDL of `job_receipt`, as Anchor's client names things. Written by scripts/programs.mjs. */
export type JobReceipt = {
  "address": "ofLJd4bNobQaStkqfFpJwd1nxqYUVtGdFBV3q5gKjmm",
  "metadata": {
    "name": "jobReceipt",
    "version": "0.1.0",
    "spec": "0.1.0"
  },
  "instructions": [
    {
      "name": "authorise",
      "docs": [
        "Raises what the witnesses may spend in the account's life."
      ],
      "discriminator": [
        219,
        11,
        216,
        57,
        255,
        142,
        162,
        187
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "limit",
          "type": "u64"
        }
      ]
    },
    {
      "name": "authoriseSigned",
      "docs": [
        "The same by the owner's signature over 80 bytes, checked by the precompile instruction before this one; anyone submits it."
      ],
      "discriminator": [
        178,
        66,
        0,
        75,
        137,
        23,
        197,
        136
      ],
      "accounts": [
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        },
        {
          "name": "instructions",
          "address": "Sysvar1nstructions1111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "cancelJob",
      "docs": [
        "Asks for everything that is not spent; paid by `withdraw` after the delay."
      ],
      "discriminator": [
        126,
        241,
        155,
        241,
        50,
        236,
        83,
        118
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "closeAccount",
      "docs": [
        "Closes an account whose credits are all withdrawn or claimed, and returns its rent."
      ],
      "discriminator": [
        125,
        255,
        149,
        14,
        110,
        34,
        72,
        24
      ],
      "accounts": [
        {
          "name": "owner",
          "writable": true,
          "signer": true,
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        },
        {
          "name": "ledger",
          "docs": [
            "What payees were paid from this account; may not exist if nothing was spent."
          ]
        }
      ],
      "args": []
    },
    {
      "name": "completeJob",
      "docs": [
        "Proves a job's record in the settled state and announces it."
      ],
      "discriminator": [
        221,
        216,
        225,
        72,
        101,
        250,
        3,
        11
      ],
      "accounts": [
        {
          "name": "account"
        }
      ],
      "args": [
        {
          "name": "record",
          "type": {
            "vec": "u8"
          }
        },
        {
          "name": "proof",
          "type": {
            "defined": {
              "name": "jobProof"
            }
          }
        }
      ]
    },
    {
      "name": "createJob",
      "docs": [
        "Opens a one-job account: the job's own escrow, with its own log."
      ],
      "discriminator": [
        178,
        130,
        217,
        110,
        100,
        27,
        82,
        119
      ],
      "accounts": [
        {
          "name": "owner",
          "writable": true,
          "signer": true
        },
        {
          "name": "network"
        },
        {
          "name": "account",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  97,
                  99,
                  99,
                  111,
                  117,
                  110,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "network"
              },
              {
                "kind": "arg",
                "path": "key"
              }
            ]
          }
        },
        {
          "name": "vault"
        },
        {
          "name": "source",
          "writable": true
        },
        {
          "name": "tokens",
          "writable": true,
          "relations": [
            "vault"
          ]
        },
        {
          "name": "tokenProgram",
          "address": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "key",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        },
        {
          "name": "job",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        },
        {
          "name": "amount",
          "type": "u64"
        },
        {
          "name": "deadline",
          "type": "u64"
        }
      ]
    },
    {
      "name": "credit",
      "docs": [
        "`payment_splitter` only: turns a payee's earnings into an account's credits; no token moves."
      ],
      "discriminator": [
        142,
        77,
        185,
        18,
        241,
        32,
        255,
        252
      ],
      "accounts": [
        {
          "name": "cashier",
          "signer": true
        },
        {
          "name": "account",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    },
    {
      "name": "deposit",
      "docs": [
        "Pays tokens into an account; anyone may pay for anyone."
      ],
      "discriminator": [
        242,
        35,
        198,
        137,
        82,
        225,
        242,
        182
      ],
      "accounts": [
        {
          "name": "payer",
          "signer": true
        },
        {
          "name": "account",
          "writable": true
        },
        {
          "name": "vault"
        },
        {
          "name": "source",
          "writable": true
        },
        {
          "name": "tokens",
          "writable": true,
          "relations": [
            "vault"
          ]
        },
        {
          "name": "tokenProgram",
          "address": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    },
    {
      "name": "forceEpoch",
      "docs": [
        "Closes the account's epoch at the settled height."
      ],
      "discriminator": [
        186,
        191,
        32,
        87,
        7,
        75,
        132,
        51
      ],
      "accounts": [
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "initVault",
      "docs": [
        "Names the token account that holds a network's deposits."
      ],
      "discriminator": [
        77,
        79,
        85,
        150,
        33,
        217,
        52,
        106
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "signer": true
        },
        {
          "name": "network"
        },
        {
          "name": "vault",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  118,
                  97,
                  117,
                  108,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "network"
              }
            ]
          }
        },
        {
          "name": "tokens"
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "openAccount",
      "docs": [
        "Opens the signer's account on a network. Its log begins with the next epoch."
      ],
      "discriminator": [
        101,
        152,
        91,
        243,
        176,
        36,
        189,
        101
      ],
      "accounts": [
        {
          "name": "owner",
          "writable": true,
          "signer": true
        },
        {
          "name": "network"
        },
        {
          "name": "account",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  97,
                  99,
                  99,
                  111,
                  117,
                  110,
                  116
                ]
              },
              {
                "kind": "account",
                "path": "network"
              },
              {
                "kind": "account",
                "path": "owner"
              }
            ]
          }
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "payOut",
      "docs": [
        "`payment_splitter` only: pays a payee's withdrawal out of the vault."
      ],
      "discriminator": [
        122,
        7,
        14,
        119,
        71,
        188,
        166,
        34
      ],
      "accounts": [
        {
          "name": "cashier",
          "signer": true
        },
        {
          "name": "vault"
        },
        {
          "name": "tokens",
          "writable": true,
          "relations": [
            "vault"
          ]
        },
        {
          "name": "destination",
          "writable": true
        },
        {
          "name": "tokenProgram",
          "address": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    },
    {
      "name": "refundJob",
      "docs": [
        "After the deadline and the withdrawal delay anybody may send the rest back to the owner."
      ],
      "discriminator": [
        194,
        186,
        15,
        90,
        246,
        119,
        89,
        240
      ],
      "accounts": [
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        },
        {
          "name": "vault"
        },
        {
          "name": "tokens",
          "writable": true,
          "relations": [
            "vault"
          ]
        },
        {
          "name": "destination",
          "writable": true
        },
        {
          "name": "tokenProgram",
          "address": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
        }
      ],
      "args": []
    },
    {
      "name": "requestForceEpoch",
      "docs": [
        "Announces that an account's epoch is over and was not sealed. A settlement takes the announcement back."
      ],
      "discriminator": [
        226,
        210,
        250,
        51,
        101,
        109,
        166,
        138
      ],
      "accounts": [
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "requestWithdrawal",
      "docs": [
        "Announces a withdrawal; witnesses stop counting on that amount, and have the delay to settle what was earned."
      ],
      "discriminator": [
        251,
        85,
        121,
        205,
        56,
        201,
        12,
        177
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    },
    {
      "name": "settle",
      "docs": [
        "Takes the header that the precompile instruction before this one certifies: q witnesses of the pinned committee."
      ],
      "discriminator": [
        175,
        42,
        185,
        87,
        144,
        131,
        102,
        212
      ],
      "accounts": [
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "committee"
        },
        {
          "name": "account",
          "writable": true
        },
        {
          "name": "instructions",
          "address": "Sysvar1nstructions1111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "transfer",
      "docs": [
        "Like `withdraw`, but the credits go to another account of the network; no token moves."
      ],
      "discriminator": [
        163,
        52,
        200,
        231,
        140,
        3,
        69,
        186
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "from"
          ]
        },
        {
          "name": "network",
          "relations": [
            "from"
          ]
        },
        {
          "name": "from",
          "writable": true
        },
        {
          "name": "to",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "withdraw",
      "docs": [
        "Pays out what was requested, or what settlement left of it."
      ],
      "discriminator": [
        183,
        18,
        70,
        156,
        148,
        109,
        161,
        34
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "account"
          ]
        },
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "account",
          "writable": true
        },
        {
          "name": "vault"
        },
        {
          "name": "tokens",
          "writable": true,
          "relations": [
            "vault"
          ]
        },
        {
          "name": "destination",
          "writable": true
        },
        {
          "name": "tokenProgram",
          "address": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
        }
      ],
      "args": []
    }
  ],
  "accounts": [
    {
      "name": "committee",
      "discriminator": [
        96,
        136,
        210,
        244,
        137,
        110,
        178,
        104
      ]
    },
    {
      "name": "creditAccount",
      "discriminator": [
        196,
        171,
        234,
        132,
        239,
        255,
        21,
        96
      ]
    },
    {
      "name": "network",
      "discriminator": [
        51,
        5,
        209,
        183,
        60,
        99,
        156,
        251
      ]
    },
    {
      "name": "vault",
      "discriminator": [
        211,
        8,
        232,
        43,
        2,
        152,
        117,
        119
      ]
    }
  ],
  "events": [
    {
      "name": "accountOpened",
      "discriminator": [
        250,
        89,
        39,
        67,
        35,
        119,
        126,
        63
      ]
    },
    {
      "name": "deposited",
      "discriminator": [
        111,
        141,
        26,
        45,
        161,
        35,
        100,
        57
      ]
    },
    {
      "name": "epochForced",
      "discriminator": [
        234,
        26,
        61,
        150,
        58,
        148,
        40,
        28
      ]
    },
    {
      "name": "jobCompleted",
      "discriminator": [
        176,
        207,
        246,
        115,
        95,
        179,
        9,
        132
      ]
    },
    {
      "name": "jobCreated",
      "discriminator": [
        48,
        110,
        162,
        177,
        67,
        74,
        159,
        131
      ]
    },
    {
      "name": "settled",
      "discriminator": [
        232,
        210,
        40,
        17,
        142,
        124,
        145,
        238
      ]
    },
    {
      "name": "withdrawn",
      "discriminator": [
        20,
        89,
        223,
        198,
        194,
        124,
        219,
        13
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "notAVault",
      "msg": "the token account is not a clean vault of this network's mint and authority"
    },
    {
      "code": 6001,
      "name": "wrongVault",
      "msg": "the token account is not the one that the vault names"
    },
    {
      "code": 6002,
      "name": "wrongNetwork",
      "msg": "the vault, account or committee belongs to another network"
    },
    {
      "code": 6003,
      "name": "notOwner",
      "msg": "the signer does not own this account"
    },
    {
      "code": 6004,
      "name": "zeroAmount",
      "msg": "an amount must be greater than zero"
    },
    {
      "code": 6005,
      "name": "overflow",
      "msg": "arithmetic overflow"
    },
    {
      "code": 6006,
      "name": "authorisationFalls",
      "msg": "the authorised total never falls"
    },
    {
      "code": 6007,
      "name": "noCertificate",
      "msg": "the instruction before this one is not the Ed25519 precompile's"
    },
    {
      "code": 6008,
      "name": "offsetsElsewhere",
      "msg": "an offset of the precompile points outside its own instruction"
    },
    {
      "code": 6009,
      "name": "differentMessages",
      "msg": "the signatures are not over one message"
    },
    {
      "code": 6010,
      "name": "notAHeader",
      "msg": "the signed message is not a header"
    },
    {
      "code": 6011,
      "name": "notAnAuthorisation",
      "msg": "the signed message is not an authorisation"
    },
    {
      "code": 6012,
      "name": "wrongDomain",
      "msg": "signed for another network"
    },
    {
      "code": 6013,
      "name": "wrongAccount",
      "msg": "signed for another account"
    },
    {
      "code": 6014,
      "name": "wrongEpoch",
      "msg": "signed for another epoch than the account's"
    },
    {
      "code": 6015,
      "name": "wrongCommittee",
      "msg": "the committee is not this account's in this epoch"
    },
    {
      "code": 6016,
      "name": "notAWitness",
      "msg": "a signer is not in the committee"
    },
    {
      "code": 6017,
      "name": "duplicateSigner",
      "msg": "a witness signed twice"
    },
    {
      "code": 6018,
      "name": "tooFewSignatures",
      "msg": "fewer signatures than the quorum"
    },
    {
      "code": 6019,
      "name": "heightNotRising",
      "msg": "the height must rise"
    },
    {
      "code": 6020,
      "name": "timeFalls",
      "msg": "certified time must not fall"
    },
    {
      "code": 6021,
      "name": "spentFalls",
      "msg": "lifetime spending must not fall"
    },
    {
      "code": 6022,
      "name": "sequenceFalls",
      "msg": "the last sequence number must not fall"
    },
    {
      "code": 6023,
      "name": "beyondDeposits",
      "msg": "more than what is deposited"
    },
    {
      "code": 6024,
      "name": "beyondAuthorisation",
      "msg": "more than what the owner authorised"
    },
    {
      "code": 6025,
      "name": "nothingPending",
      "msg": "no withdrawal was requested"
    },
    {
      "code": 6026,
      "name": "stillWaiting",
      "msg": "the withdrawal delay is not over"
    },
    {
      "code": 6027,
      "name": "sameAccount",
      "msg": "an account cannot be its own counterpart"
    },
    {
      "code": 6028,
      "name": "epochNotOver",
      "msg": "the network is still in the account's epoch"
    },
    {
      "code": 6029,
      "name": "noForceRequested",
      "msg": "forcing the epoch was not requested, or a settlement took the request back"
    },
    {
      "code": 6030,
      "name": "forceRequested",
      "msg": "forcing the epoch was requested already"
    },
    {
      "code": 6031,
      "name": "wrongKey",
      "msg": "the key of a one-job account is the hash of its network, owner and job"
    },
    {
      "code": 6032,
      "name": "notAJob",
      "msg": "not a one-job account"
    },
    {
      "code": 6033,
      "name": "deadlinePassed",
      "msg": "the deadline must lie ahead"
    },
    {
      "code": 6034,
      "name": "deadlineNotPassed",
      "msg": "the deadline and the delay after it are not over"
    },
    {
      "code": 6035,
      "name": "notTheOwnersTokens",
      "msg": "the token account does not belong to the owner"
    },
    {
      "code": 6036,
      "name": "notInState",
      "msg": "the record is not in the settled state"
    },
    {
      "code": 6037,
      "name": "creditsLeft",
      "msg": "credits are left in the account"
    },
    {
      "code": 6038,
      "name": "claimsLeft",
      "msg": "payees have not claimed everything yet"
    },
    {
      "code": 6039,
      "name": "wrongLedger",
      "msg": "not the ledger of this account"
    }
  ],
  "types": [
    {
      "name": "accountOpened",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "owner",
            "type": "pubkey"
          }
        ]
      }
    },
    {
      "name": "committee",
      "docs": [
        "The witnesses of one account in one epoch, proven to be the draw. Address: `[\"committee\", network, account, epoch]`."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "account",
            "docs": [
              "The key that headers carry."
            ],
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u64"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid its rent, and gets it back."
            ],
            "type": "pubkey"
          },
          {
            "name": "witnesses",
            "type": {
              "array": [
                "pubkey",
                7
              ]
            }
          },
          {
            "name": "n",
            "type": "u8"
          },
          {
            "name": "q",
            "docs": [
              "Signatures that make a certificate."
            ],
            "type": "u8"
          },
          {
            "name": "bump",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "creditAccount",
      "docs": [
        "A wallet's credits, or a single job's. Address: `[\"account\", network, key]`.",
        "`spent <= min(deposited - withdrawn, authorised)` always holds."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "key",
            "docs": [
              "What headers carry: the wallet, or for a one-job account the hash of wallet and job."
            ],
            "type": "pubkey"
          },
          {
            "name": "owner",
            "type": "pubkey"
          },
          {
            "name": "job",
            "docs": [
              "The job that this account is the escrow of, or zeros."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "deadline",
            "docs": [
              "Unix seconds after which anybody may refund the escrow; 0 for a wallet's account."
            ],
            "type": "u64"
          },
          {
            "name": "opened",
            "docs": [
              "Network epoch in which it was opened: tells apart two lives of one address."
            ],
            "type": "u64"
          },
          {
            "name": "deposited",
            "docs": [
              "Lifetime micro-credits in."
            ],
            "type": "u64"
          },
          {
            "name": "withdrawn",
            "docs": [
              "Lifetime micro-credits out to the owner."
            ],
            "type": "u64"
          },
          {
            "name": "authorised",
            "docs": [
              "Lifetime micro-credits that the owner lets the witnesses spend."
            ],
            "type": "u64"
          },
          {
            "name": "pending",
            "docs": [
              "Requested withdrawal, and since when."
            ],
            "type": "u64"
          },
          {
            "name": "pendingSinceSlot",
            "type": "u64"
          },
          {
            "name": "pendingSinceTime",
            "type": "u64"
          },
          {
            "name": "epoch",
            "docs": [
              "Epoch whose committee keeps the log."
            ],
            "type": "u64"
          },
          {
            "name": "forceSinceSlot",
            "docs": [
              "Chain slot of a request to force the epoch; 0 for none."
            ],
            "type": "u64"
          },
          {
            "name": "height",
            "docs": [
              "The last settled header's fields."
            ],
            "type": "u64"
          },
          {
            "name": "timeMs",
            "type": "u64"
          },
          {
            "name": "spent",
            "type": "u64"
          },
          {
            "name": "lastSeq",
            "type": "u64"
          },
          {
            "name": "stateRoot",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "bump",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "deposited",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "amount",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "epochForced",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u64"
          },
          {
            "name": "height",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "jobCompleted",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "height",
            "type": "u64"
          },
          {
            "name": "record",
            "docs": [
              "The canonical job record that was proven."
            ],
            "type": {
              "vec": "u8"
            }
          }
        ]
      }
    },
    {
      "name": "jobCreated",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "owner",
            "type": "pubkey"
          },
          {
            "name": "job",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "amount",
            "type": "u64"
          },
          {
            "name": "deadline",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "jobProof",
      "docs": [
        "The way from a job record to the state root: node(totals root, node(jobs root, meta leaf))."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "index",
            "type": "u32"
          },
          {
            "name": "size",
            "type": "u32"
          },
          {
            "name": "path",
            "type": {
              "vec": {
                "array": [
                  "u8",
                  32
                ]
              }
            }
          },
          {
            "name": "metaLeaf",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "totalsRoot",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    },
    {
      "name": "network",
      "docs": [
        "A network: its token, its rules, its epoch. Fixed at creation except for the epoch and the pools. Nobody administers it.",
        "Address: `[\"network\", id_hash]`."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "idHash",
            "docs": [
              "SHA-256 of the network's id."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "domain",
            "docs": [
              "What every signature of this network carries."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "mint",
            "type": "pubkey"
          },
          {
            "name": "stakeVault",
            "docs": [
              "Token account that holds all stake; its authority is this network's address."
            ],
            "type": "pubkey"
          },
          {
            "name": "treasury",
            "docs": [
              "Wallet that the network's fee and slashed stake go to."
            ],
            "type": "pubkey"
          },
          {
            "name": "minStake",
            "docs": [
              "Stake per slot, base units of the mint."
            ],
            "type": "u64"
          },
          {
            "name": "epochSlots",
            "docs": [
              "Length of an epoch, in chain slots."
            ],
            "type": "u64"
          },
          {
            "name": "withdrawSlots",
            "type": "u64"
          },
          {
            "name": "withdrawSeconds",
            "type": "u64"
          },
          {
            "name": "unbondingSlots",
            "type": "u64"
          },
          {
            "name": "unbondingSeconds",
            "type": "u64"
          },
          {
            "name": "forceSlots",
            "docs": [
              "Chain slots between the request to force an epoch and its effect."
            ],
            "type": "u64"
          },
          {
            "name": "registrationLamports",
            "docs": [
              "Lamports that a registration adds to the pot that repays the crank."
            ],
            "type": "u64"
          },
          {
            "name": "crankLamports",
            "docs": [
              "Lamports that the pot pays for one turn of the crank."
            ],
            "type": "u64"
          },
          {
            "name": "feeBps",
            "docs": [
              "The network's fee on what payees earn, basis points."
            ],
            "type": "u16"
          },
          {
            "name": "epoch",
            "type": "u64"
          },
          {
            "name": "epochStart",
            "docs": [
              "Chain slot at which the epoch began, on the grid of `epoch_slots`."
            ],
            "type": "u64"
          },
          {
            "name": "epochSeats",
            "docs": [
              "Entries of the slot table that take part in this epoch."
            ],
            "type": "u32"
          },
          {
            "name": "beacon",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "slashed",
            "docs": [
              "Stake taken from equivocators and not yet swept to the treasury."
            ],
            "type": "u64"
          },
          {
            "name": "bump",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "settled",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u64"
          },
          {
            "name": "height",
            "type": "u64"
          },
          {
            "name": "spent",
            "type": "u64"
          },
          {
            "name": "sealed",
            "type": "bool"
          }
        ]
      }
    },
    {
      "name": "vault",
      "docs": [
        "Where a network's deposits are. Address: `[\"vault\", network]`, which is also the token account's authority."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "mint",
            "type": "pubkey"
          },
          {
            "name": "tokens",
            "type": "pubkey"
          },
          {
            "name": "bump",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "withdrawn",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "amount",
            "type": "u64"
          }
        ]
      }
    }
  ]
}
