/** The IDL of `payment_splitter`, as Anchor's client names things. Written by scripts/programs.mjs. */
export type PaymentSplitter = {
  "address": "DHGkpw1QG6uZususnMaKtqh6jx7u5EgVZUaVnQFyk6hn",
  "metadata": {
    "name": "paymentSplitter",
    "version": "0.1.0",
    "spec": "0.1.0"
  },
  "instructions": [
    {
      "name": "claim",
      "docs": [
        "Pays one payee of a tree of any size by a Merkle proof."
      ],
      "discriminator": [
        62,
        198,
        214,
        193,
        213,
        159,
        108,
        210
      ],
      "accounts": [
        {
          "name": "account"
        },
        {
          "name": "ledger",
          "writable": true
        },
        {
          "name": "balance",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "total",
          "type": "u64"
        },
        {
          "name": "proof",
          "type": {
            "defined": {
              "name": "totalProof"
            }
          }
        }
      ]
    },
    {
      "name": "claimInline",
      "docs": [
        "Pays all payees of a small totals tree at once: their balances follow in the tree's order, with one total each."
      ],
      "discriminator": [
        242,
        251,
        198,
        199,
        137,
        125,
        37,
        157
      ],
      "accounts": [
        {
          "name": "account"
        },
        {
          "name": "ledger",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "totals",
          "type": {
            "vec": "u64"
          }
        },
        {
          "name": "rest",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        }
      ]
    },
    {
      "name": "closeBalance",
      "docs": [
        "Returns the rent of an empty balance."
      ],
      "discriminator": [
        121,
        14,
        32,
        119,
        90,
        158,
        222,
        250
      ],
      "accounts": [
        {
          "name": "payee",
          "signer": true,
          "relations": [
            "balance"
          ]
        },
        {
          "name": "payer",
          "writable": true,
          "relations": [
            "balance"
          ]
        },
        {
          "name": "balance",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "closeLedger",
      "docs": [
        "Returns the rent of the ledger of a closed account."
      ],
      "discriminator": [
        236,
        179,
        19,
        235,
        59,
        77,
        121,
        118
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "relations": [
            "ledger"
          ]
        },
        {
          "name": "account",
          "docs": [
            "The ledger's account, which must be closed, or open for another life."
          ],
          "relations": [
            "ledger"
          ]
        },
        {
          "name": "ledger",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "collectFees",
      "docs": [
        "Credits the fees that claims kept back to the treasury's balance."
      ],
      "discriminator": [
        164,
        152,
        207,
        99,
        30,
        186,
        19,
        182
      ],
      "accounts": [
        {
          "name": "network",
          "relations": [
            "ledger"
          ]
        },
        {
          "name": "ledger",
          "writable": true
        },
        {
          "name": "balance",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "fundAccount",
      "docs": [
        "Turns a payee's earnings into an account's credits; no token moves."
      ],
      "discriminator": [
        27,
        104,
        10,
        49,
        192,
        219,
        192,
        224
      ],
      "accounts": [
        {
          "name": "payee",
          "signer": true,
          "relations": [
            "balance"
          ]
        },
        {
          "name": "balance",
          "writable": true
        },
        {
          "name": "cashier"
        },
        {
          "name": "account",
          "docs": [
            "Checked by `job_receipt`: an account of the cashier's network."
          ],
          "writable": true
        },
        {
          "name": "jobReceipt",
          "address": "ofLJd4bNobQaStkqfFpJwd1nxqYUVtGdFBV3q5gKjmm"
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
      "name": "growLedger",
      "docs": [
        "Makes room for `more` payees."
      ],
      "discriminator": [
        201,
        164,
        44,
        194,
        6,
        84,
        105,
        11
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "signer": true
        },
        {
          "name": "ledger",
          "writable": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "more",
          "type": "u32"
        }
      ]
    },
    {
      "name": "openBalance",
      "docs": [
        "Opens a payee's balance on a network. Anyone may pay its rent."
      ],
      "discriminator": [
        65,
        162,
        108,
        176,
        185,
        115,
        235,
        165
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
          "name": "balance",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  98,
                  97,
                  108,
                  97,
                  110,
                  99,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "network"
              },
              {
                "kind": "arg",
                "path": "payee"
              }
            ]
          }
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "payee",
          "type": "pubkey"
        }
      ]
    },
    {
      "name": "openLedger",
      "docs": [
        "Opens the list of what payees were paid from an account, with room for `capacity` of them."
      ],
      "discriminator": [
        54,
        103,
        189,
        232,
        236,
        251,
        119,
        42
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "signer": true
        },
        {
          "name": "network",
          "relations": [
            "account"
          ]
        },
        {
          "name": "account"
        },
        {
          "name": "ledger",
          "writable": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "capacity",
          "type": "u32"
        }
      ]
    },
    {
      "name": "withdrawBalance",
      "docs": [
        "Pays tokens out of the vault to a payee."
      ],
      "discriminator": [
        140,
        79,
        65,
        53,
        68,
        73,
        241,
        211
      ],
      "accounts": [
        {
          "name": "payee",
          "signer": true,
          "relations": [
            "balance"
          ]
        },
        {
          "name": "balance",
          "writable": true
        },
        {
          "name": "cashier"
        },
        {
          "name": "vault",
          "docs": [
            "Checked by `job_receipt`, which pays only from the vault of the cashier's network."
          ]
        },
        {
          "name": "tokens",
          "writable": true
        },
        {
          "name": "destination",
          "writable": true
        },
        {
          "name": "tokenProgram",
          "address": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
        },
        {
          "name": "jobReceipt",
          "address": "ofLJd4bNobQaStkqfFpJwd1nxqYUVtGdFBV3q5gKjmm"
        }
      ],
      "args": [
        {
          "name": "amount",
          "type": "u64"
        }
      ]
    }
  ],
  "accounts": [
    {
      "name": "balance",
      "discriminator": [
        127,
        71,
        25,
        157,
        105,
        157,
        241,
        182
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
      "name": "ledger",
      "discriminator": [
        43,
        41,
        21,
        213,
        180,
        176,
        95,
        32
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
    }
  ],
  "events": [
    {
      "name": "balanceWithdrawn",
      "discriminator": [
        98,
        32,
        195,
        180,
        97,
        144,
        149,
        224
      ]
    },
    {
      "name": "paymentDistributed",
      "discriminator": [
        37,
        229,
        184,
        133,
        74,
        128,
        225,
        84
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "wrongNetwork",
      "msg": "the account, ledger or balance belongs to another network"
    },
    {
      "code": 6001,
      "name": "wrongLedger",
      "msg": "the ledger belongs to another account, or to an earlier life of it"
    },
    {
      "code": 6002,
      "name": "badCapacity",
      "msg": "the ledger's capacity is out of range"
    },
    {
      "code": 6003,
      "name": "ledgerFull",
      "msg": "the ledger is full: grow it"
    },
    {
      "code": 6004,
      "name": "notPayee",
      "msg": "the signer is not the payee"
    },
    {
      "code": 6005,
      "name": "notTreasury",
      "msg": "the balance is not the treasury's"
    },
    {
      "code": 6006,
      "name": "zeroAmount",
      "msg": "an amount must be greater than zero"
    },
    {
      "code": 6007,
      "name": "overflow",
      "msg": "arithmetic overflow"
    },
    {
      "code": 6008,
      "name": "wrongPayees",
      "msg": "one total for each balance, and at most 16"
    },
    {
      "code": 6009,
      "name": "payeesNotInOrder",
      "msg": "payees must be in the tree's order, each once"
    },
    {
      "code": 6010,
      "name": "notInState",
      "msg": "the totals are not in the settled state"
    },
    {
      "code": 6011,
      "name": "totalFalls",
      "msg": "a payee's lifetime total must not fall"
    },
    {
      "code": 6012,
      "name": "nothingToClaim",
      "msg": "nothing is left to claim"
    },
    {
      "code": 6013,
      "name": "beyondSpent",
      "msg": "claims exceed the account's settled spending"
    },
    {
      "code": 6014,
      "name": "notEnough",
      "msg": "more than the balance"
    },
    {
      "code": 6015,
      "name": "balanceLeft",
      "msg": "credits are left in the balance"
    },
    {
      "code": 6016,
      "name": "noFees",
      "msg": "no fees are due"
    },
    {
      "code": 6017,
      "name": "feesLeft",
      "msg": "fees are due to the treasury"
    },
    {
      "code": 6018,
      "name": "accountOpen",
      "msg": "the ledger's account is open"
    },
    {
      "code": 6019,
      "name": "notThePayer",
      "msg": "the rent goes back to who paid it"
    }
  ],
  "types": [
    {
      "name": "balance",
      "docs": [
        "What a payee has earned on a network, all accounts together. Address: `[\"balance\", network, payee]`."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "payee",
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid the rent, and gets it back."
            ],
            "type": "pubkey"
          },
          {
            "name": "credited",
            "docs": [
              "Lifetime micro-credits in."
            ],
            "type": "u64"
          },
          {
            "name": "withdrawn",
            "docs": [
              "Lifetime micro-credits out."
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
      "name": "balanceWithdrawn",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "payee",
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
      "name": "ledger",
      "docs": [
        "Head of the list of what each payee was paid from one account. Address: `[\"ledger\", account, opened]`."
      ],
      "serialization": "bytemuck",
      "repr": {
        "kind": "c"
      },
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
              "Address of the credit account."
            ],
            "type": "pubkey"
          },
          {
            "name": "payer",
            "docs": [
              "Who paid the rent, and gets it back."
            ],
            "type": "pubkey"
          },
          {
            "name": "opened",
            "type": "u64"
          },
          {
            "name": "claimed",
            "docs": [
              "Sum of all `paid`; never more than the account's settled spending."
            ],
            "type": "u64"
          },
          {
            "name": "fees",
            "docs": [
              "Lifetime fees kept back from payees."
            ],
            "type": "u64"
          },
          {
            "name": "feesCollected",
            "docs": [
              "Fees already credited to the treasury."
            ],
            "type": "u64"
          },
          {
            "name": "feeBps",
            "type": "u64"
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
      "name": "paymentDistributed",
      "docs": [
        "`amount + fee` is what the payee's lifetime total rose by."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "payee",
            "type": "pubkey"
          },
          {
            "name": "amount",
            "type": "u64"
          },
          {
            "name": "fee",
            "type": "u64"
          },
          {
            "name": "total",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "totalProof",
      "docs": [
        "The way from a payee's total to the state root; `rest` is node(jobs root, meta leaf)."
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
            "name": "rest",
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          }
        ]
      }
    }
  ]
}
