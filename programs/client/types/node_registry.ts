/** The IDL of `node_registry`, as Anchor's client names things. Written by scripts/programs.mjs. */
export type NodeRegistry = {
  "address": "J7XZcMN68Uwj2eFs3f2LAawvshurwGeQgk4TmMtAkiTD",
  "metadata": {
    "name": "nodeRegistry",
    "version": "0.1.0",
    "spec": "0.1.0"
  },
  "instructions": [
    {
      "name": "advanceEpoch",
      "docs": [
        "The crank: begins the next epoch and fixes its beacon. Anyone may turn it and is repaid."
      ],
      "discriminator": [
        93,
        138,
        234,
        218,
        241,
        230,
        132,
        38
      ],
      "accounts": [
        {
          "name": "cranker",
          "writable": true,
          "signer": true
        },
        {
          "name": "network",
          "writable": true
        },
        {
          "name": "seats"
        },
        {
          "name": "slotHashes",
          "address": "SysvarS1otHashes111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "closeCommittee",
      "docs": [
        "Returns the rent of a committee that its account has left behind."
      ],
      "discriminator": [
        243,
        76,
        237,
        207,
        29,
        69,
        42,
        20
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "relations": [
            "committee"
          ]
        },
        {
          "name": "committee",
          "writable": true
        },
        {
          "name": "account",
          "docs": [
            "The credit account at its address, which may be closed by now."
          ]
        }
      ],
      "args": []
    },
    {
      "name": "deregister",
      "docs": [
        "Takes a peer without stake and seats out of the registry and returns its rent."
      ],
      "discriminator": [
        161,
        178,
        39,
        189,
        231,
        224,
        13,
        187
      ],
      "accounts": [
        {
          "name": "owner",
          "writable": true,
          "signer": true,
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
          "writable": true
        }
      ],
      "args": []
    },
    {
      "name": "growSeats",
      "docs": [
        "Makes room for 115 more entries in the slot table."
      ],
      "discriminator": [
        253,
        94,
        163,
        15,
        0,
        73,
        99,
        12
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "signer": true
        },
        {
          "name": "seats",
          "writable": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "initNetwork",
      "docs": [
        "Creates a network: its token, its rules, its first epoch."
      ],
      "discriminator": [
        104,
        231,
        73,
        121,
        240,
        0,
        5,
        148
      ],
      "accounts": [
        {
          "name": "payer",
          "writable": true,
          "signer": true
        },
        {
          "name": "network",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  110,
                  101,
                  116,
                  119,
                  111,
                  114,
                  107
                ]
              },
              {
                "kind": "arg",
                "path": "idHash"
              }
            ]
          }
        },
        {
          "name": "seats",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  115,
                  101,
                  97,
                  116,
                  115
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
          "name": "treasury",
          "docs": [
            "Receives fees and slashed stake; any wallet."
          ]
        },
        {
          "name": "mint"
        },
        {
          "name": "stakeVault"
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": [
        {
          "name": "idHash",
          "type": {
            "array": [
              "u8",
              32
            ]
          }
        },
        {
          "name": "rules",
          "type": {
            "defined": {
              "name": "networkRules"
            }
          }
        }
      ]
    },
    {
      "name": "pinCommittee",
      "docs": [
        "Proves the draw of an account's committee in the current epoch, once."
      ],
      "discriminator": [
        172,
        96,
        249,
        133,
        135,
        221,
        217,
        62
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
          "name": "seats"
        },
        {
          "name": "account"
        },
        {
          "name": "committee",
          "writable": true
        },
        {
          "name": "systemProgram",
          "address": "11111111111111111111111111111111"
        }
      ],
      "args": []
    },
    {
      "name": "register",
      "docs": [
        "Puts a peer into the registry; the peer and the owner both sign."
      ],
      "discriminator": [
        211,
        124,
        67,
        15,
        211,
        194,
        178,
        240
      ],
      "accounts": [
        {
          "name": "owner",
          "writable": true,
          "signer": true
        },
        {
          "name": "peer",
          "docs": [
            "Signs, so that nobody registers a key that is not theirs."
          ],
          "signer": true
        },
        {
          "name": "network",
          "writable": true
        },
        {
          "name": "node",
          "writable": true,
          "pda": {
            "seeds": [
              {
                "kind": "const",
                "value": [
                  110,
                  111,
                  100,
                  101
                ]
              },
              {
                "kind": "account",
                "path": "network"
              },
              {
                "kind": "account",
                "path": "peer"
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
          "name": "profile",
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
      "name": "releaseSeat",
      "docs": [
        "Gives a seat up at the end of the epoch. Anybody may do so for a peer that was slashed",
        "or let the seat lapse for more than an epoch."
      ],
      "discriminator": [
        222,
        199,
        126,
        134,
        66,
        153,
        185,
        190
      ],
      "accounts": [
        {
          "name": "signer",
          "signer": true
        },
        {
          "name": "network",
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
          "writable": true
        },
        {
          "name": "seats",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "seat",
          "type": "u32"
        }
      ]
    },
    {
      "name": "renewSeats",
      "docs": [
        "Keeps seats for one more epoch."
      ],
      "discriminator": [
        160,
        226,
        191,
        174,
        120,
        243,
        144,
        103
      ],
      "accounts": [
        {
          "name": "signer",
          "docs": [
            "The owner or the peer itself: a daemon renews without the wallet."
          ],
          "signer": true
        },
        {
          "name": "network",
          "relations": [
            "node"
          ]
        },
        {
          "name": "node"
        },
        {
          "name": "seats",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "seats",
          "type": {
            "vec": "u32"
          }
        }
      ]
    },
    {
      "name": "slash",
      "docs": [
        "Takes the stake of a peer that signed two headers for one account, epoch and height."
      ],
      "discriminator": [
        204,
        141,
        18,
        161,
        8,
        177,
        92,
        142
      ],
      "accounts": [
        {
          "name": "network",
          "writable": true
        },
        {
          "name": "node",
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
      "name": "stake",
      "discriminator": [
        206,
        176,
        202,
        18,
        200,
        209,
        179,
        108
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "node"
          ]
        },
        {
          "name": "network",
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
          "writable": true
        },
        {
          "name": "source",
          "writable": true
        },
        {
          "name": "stakeVault",
          "writable": true,
          "relations": [
            "network"
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
      "name": "sweepSlashed",
      "docs": [
        "Pays slashed stake to the treasury."
      ],
      "discriminator": [
        48,
        250,
        251,
        165,
        194,
        251,
        6,
        22
      ],
      "accounts": [
        {
          "name": "network",
          "writable": true
        },
        {
          "name": "stakeVault",
          "writable": true,
          "relations": [
            "network"
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
      "name": "takeSeat",
      "docs": [
        "Opts into witness duty: takes a vacant entry of the slot table, for the next epoch."
      ],
      "discriminator": [
        7,
        166,
        54,
        232,
        71,
        160,
        121,
        122
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "node"
          ]
        },
        {
          "name": "network",
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
          "writable": true
        },
        {
          "name": "seats",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "seat",
          "type": "u32"
        }
      ]
    },
    {
      "name": "unstake",
      "docs": [
        "Begins to unbond stake that no seat needs; restarts the wait for what was unbonding already."
      ],
      "discriminator": [
        90,
        95,
        107,
        42,
        205,
        124,
        50,
        225
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "node"
          ]
        },
        {
          "name": "network",
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
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
      "name": "updateNode",
      "discriminator": [
        13,
        65,
        246,
        102,
        101,
        91,
        98,
        43
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
          "writable": true
        }
      ],
      "args": [
        {
          "name": "profile",
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
      "name": "withdrawStake",
      "docs": [
        "Pays unbonded stake back once the wait is over."
      ],
      "discriminator": [
        153,
        8,
        22,
        138,
        105,
        176,
        87,
        66
      ],
      "accounts": [
        {
          "name": "owner",
          "signer": true,
          "relations": [
            "node"
          ]
        },
        {
          "name": "network",
          "relations": [
            "node"
          ]
        },
        {
          "name": "node",
          "writable": true
        },
        {
          "name": "stakeVault",
          "writable": true,
          "relations": [
            "network"
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
      "name": "node",
      "discriminator": [
        208,
        53,
        1,
        3,
        49,
        122,
        180,
        49
      ]
    },
    {
      "name": "seatTable",
      "discriminator": [
        157,
        218,
        170,
        45,
        235,
        204,
        52,
        120
      ]
    }
  ],
  "events": [
    {
      "name": "epochAdvanced",
      "discriminator": [
        41,
        220,
        14,
        123,
        117,
        70,
        117,
        157
      ]
    },
    {
      "name": "nodeRegistered",
      "discriminator": [
        15,
        57,
        183,
        59,
        93,
        55,
        157,
        195
      ]
    },
    {
      "name": "nodeSlashed",
      "discriminator": [
        195,
        114,
        214,
        16,
        173,
        73,
        177,
        87
      ]
    }
  ],
  "errors": [
    {
      "code": 6000,
      "name": "badRules",
      "msg": "a rule of the network is out of range"
    },
    {
      "code": 6001,
      "name": "unbondingTooShort",
      "msg": "unbonding must take longer than a withdrawal, in slots and in time"
    },
    {
      "code": 6002,
      "name": "notAVault",
      "msg": "the token account is not a clean vault of this network's mint and authority"
    },
    {
      "code": 6003,
      "name": "wrongVault",
      "msg": "the account is not the one that the network names"
    },
    {
      "code": 6004,
      "name": "wrongNetwork",
      "msg": "the node belongs to another network"
    },
    {
      "code": 6005,
      "name": "notOwner",
      "msg": "the signer does not own this node"
    },
    {
      "code": 6006,
      "name": "peerIsOwner",
      "msg": "the peer's key and its owner's wallet must differ"
    },
    {
      "code": 6007,
      "name": "zeroAmount",
      "msg": "an amount must be greater than zero"
    },
    {
      "code": 6008,
      "name": "overflow",
      "msg": "arithmetic overflow"
    },
    {
      "code": 6009,
      "name": "stakeHeld",
      "msg": "stake does not cover the seats held"
    },
    {
      "code": 6010,
      "name": "notEnoughStake",
      "msg": "more than what is staked"
    },
    {
      "code": 6011,
      "name": "nothingUnbonding",
      "msg": "nothing is unbonding"
    },
    {
      "code": 6012,
      "name": "stillUnbonding",
      "msg": "the unbonding time is not over"
    },
    {
      "code": 6013,
      "name": "nodeInUse",
      "msg": "the node still has stake or seats"
    },
    {
      "code": 6014,
      "name": "slashed",
      "msg": "the node was slashed"
    },
    {
      "code": 6015,
      "name": "noSuchSeat",
      "msg": "no such entry in the slot table"
    },
    {
      "code": 6016,
      "name": "seatTaken",
      "msg": "the seat is taken"
    },
    {
      "code": 6017,
      "name": "notTheSeatsHolder",
      "msg": "the seat is not this node's"
    },
    {
      "code": 6018,
      "name": "tableFull",
      "msg": "the slot table is full: grow it"
    },
    {
      "code": 6019,
      "name": "tableNotFull",
      "msg": "the table has room left"
    },
    {
      "code": 6020,
      "name": "epochNotOver",
      "msg": "the epoch is not over"
    },
    {
      "code": 6021,
      "name": "beaconMissed",
      "msg": "the slot hash that fixes the beacon is no longer known: wait for the next point of the grid"
    },
    {
      "code": 6022,
      "name": "wrongEpoch",
      "msg": "the account is not in the network's current epoch"
    },
    {
      "code": 6023,
      "name": "noMembers",
      "msg": "nobody holds a seat"
    },
    {
      "code": 6024,
      "name": "wrongAccount",
      "msg": "the credit account belongs to another network"
    },
    {
      "code": 6025,
      "name": "committeeInUse",
      "msg": "the account still needs this committee"
    },
    {
      "code": 6026,
      "name": "notThePayer",
      "msg": "the rent goes back to who paid it"
    },
    {
      "code": 6027,
      "name": "noEvidence",
      "msg": "the instruction before this one is not the Ed25519 precompile's"
    },
    {
      "code": 6028,
      "name": "notTwoSignatures",
      "msg": "evidence is exactly two signatures"
    },
    {
      "code": 6029,
      "name": "offsetsElsewhere",
      "msg": "an offset of the precompile points outside its own instruction"
    },
    {
      "code": 6030,
      "name": "notThePeer",
      "msg": "the signatures are not by this peer"
    },
    {
      "code": 6031,
      "name": "notAHeader",
      "msg": "a signed message is not a header"
    },
    {
      "code": 6032,
      "name": "wrongDomain",
      "msg": "a header of another network"
    },
    {
      "code": 6033,
      "name": "noConflict",
      "msg": "the headers do not contradict each other"
    },
    {
      "code": 6034,
      "name": "nothingSlashed",
      "msg": "nothing was slashed"
    }
  ],
  "types": [
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
      "name": "epochAdvanced",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u64"
          },
          {
            "name": "seats",
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
      "name": "networkRules",
      "docs": [
        "The rules of a network, fixed at its creation."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "minStake",
            "type": "u64"
          },
          {
            "name": "epochSlots",
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
            "type": "u64"
          },
          {
            "name": "registrationLamports",
            "type": "u64"
          },
          {
            "name": "crankLamports",
            "type": "u64"
          },
          {
            "name": "feeBps",
            "type": "u16"
          }
        ]
      }
    },
    {
      "name": "node",
      "docs": [
        "A peer in the registry. Address: `[\"node\", network, peer]`."
      ],
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "peer",
            "type": "pubkey"
          },
          {
            "name": "owner",
            "docs": [
              "Wallet that staked, and that is never witnessed by this peer."
            ],
            "type": "pubkey"
          },
          {
            "name": "profile",
            "docs": [
              "SHA-256 of the peer's signed profile, or anything else that the owner wants found."
            ],
            "type": {
              "array": [
                "u8",
                32
              ]
            }
          },
          {
            "name": "staked",
            "type": "u64"
          },
          {
            "name": "unbonding",
            "type": "u64"
          },
          {
            "name": "unbondingSinceSlot",
            "type": "u64"
          },
          {
            "name": "unbondingSinceTime",
            "type": "u64"
          },
          {
            "name": "registeredEpoch",
            "type": "u64"
          },
          {
            "name": "seats",
            "docs": [
              "Entries of the slot table that it holds."
            ],
            "type": "u32"
          },
          {
            "name": "slashed",
            "docs": [
              "Convicted of equivocation: its stake is gone and it serves no more."
            ],
            "type": "bool"
          },
          {
            "name": "bump",
            "type": "u8"
          }
        ]
      }
    },
    {
      "name": "nodeRegistered",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "peer",
            "type": "pubkey"
          },
          {
            "name": "owner",
            "type": "pubkey"
          },
          {
            "name": "epoch",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "nodeSlashed",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "network",
            "type": "pubkey"
          },
          {
            "name": "peer",
            "type": "pubkey"
          },
          {
            "name": "account",
            "type": "pubkey"
          },
          {
            "name": "height",
            "type": "u64"
          },
          {
            "name": "amount",
            "type": "u64"
          }
        ]
      }
    },
    {
      "name": "seatTable",
      "docs": [
        "Head of the dense array that committees are drawn from. Address: `[\"seats\", network]`."
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
          }
        ]
      }
    }
  ]
}
