/** The IDL of `mathcheck`, as Anchor's client names things. Written by scripts/programs.mjs. */
export type Mathcheck = {
  "address": "5f1U9LVvQKDxgcebVetVve5b43fSo9BNiYJPrXr3htdg",
  "metadata": {
    "name": "mathcheck",
    "version": "0.1.0",
    "spec": "0.1.0"
  },
  "instructions": [
    {
      "name": "math",
      "discriminator": [
        92,
        2,
        14,
        244,
        51,
        191,
        200,
        10
      ],
      "accounts": [
        {
          "name": "payer",
          "signer": true
        }
      ],
      "args": [
        {
          "name": "a",
          "type": "u128"
        },
        {
          "name": "b",
          "type": "u128"
        },
        {
          "name": "n",
          "type": "u8"
        }
      ]
    }
  ],
  "events": [
    {
      "name": "results",
      "discriminator": [
        45,
        145,
        48,
        113,
        154,
        171,
        119,
        67
      ]
    }
  ],
  "types": [
    {
      "name": "results",
      "type": {
        "kind": "struct",
        "fields": [
          {
            "name": "mul",
            "type": "u128"
          },
          {
            "name": "div",
            "type": "u128"
          },
          {
            "name": "rem",
            "type": "u128"
          },
          {
            "name": "sdiv",
            "type": "i128"
          },
          {
            "name": "srem",
            "type": "i128"
          },
          {
            "name": "shl",
            "type": "u128"
          },
          {
            "name": "shr",
            "type": "u128"
          },
          {
            "name": "sar",
            "type": "i128"
          },
          {
            "name": "add",
            "type": "u128"
          },
          {
            "name": "sub",
            "type": "u128"
          },
          {
            "name": "mul64",
            "type": "u64"
          },
          {
            "name": "ok",
            "type": "u8"
          },
          {
            "name": "hi",
            "type": "u64"
          }
        ]
      }
    }
  ]
}
