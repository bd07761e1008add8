Feature: Money on a trading account
  The broker books what its clients pay in and draw out. Amounts are decimal numbers of up to eight
  decimals; what is finer than the account's currency is rounded.

  Background:
    Given a trading account
    And 100.00 of money on the trading account
    And 10.00 of non-withdrawable bonus on the trading account

  @call-3.5
  Rule: Each type of change moves its own money

    Scenario Outline: A change of the balance
      When the broker books 40.25 as <type>
      Then cTrader accepts the call
      And the answer holds a balanceHistoryId alone
      And the balance of the trading account is <balance>
      And the non-withdrawable bonus of the trading account is 10.00

      Examples:
        | type     | balance |
        | DEPOSIT  | 140.25  |
        | WITHDRAW | 59.75   |

    Scenario Outline: A change of the non-withdrawable bonus
      When the broker books 2.5 as <type>
      Then cTrader accepts the call
      And the answer holds a balanceHistoryId alone
      And the non-withdrawable bonus of the trading account is <bonus>
      And the balance of the trading account is 100.00

      Examples:
        | type                           | bonus |
        | DEPOSIT_NONWITHDRAWABLE_BONUS  | 12.50 |
        | WITHDRAW_NONWITHDRAWABLE_BONUS | 7.50  |

    Scenario Outline: More than there is
      When the broker books <amount> as <type>
      Then cTrader refuses the call with NOT_ENOUGH_MONEY
      And the balance of the trading account is 100.00
      And the non-withdrawable bonus of the trading account is 10.00

      Examples:
        | amount | type                           |
        | 100.01 | WITHDRAW                       |
        | 10.01  | WITHDRAW_NONWITHDRAWABLE_BONUS |

    Scenario: Everything there is
      When the broker books 100 as WITHDRAW
      Then cTrader accepts the call
      And the balance of the trading account is 0.00

  @call-3.5
  Rule: An amount is exact

    Scenario Outline: Amounts that can be booked
      When the broker books <amount> as DEPOSIT
      Then cTrader accepts the call
      And the balance of the trading account is <balance>

      Examples:
        | amount       | balance |
        | 0.29         | 100.29  |
        | "0.29"       | 100.29  |
        | 0.1          | 100.10  |
        | "5.00000000" | 105.00  |
        | 1e2          | 200.00  |
        | 1.005        | 101.01  |
        | "2.12345678" | 102.12  |

    Scenario Outline: Amounts that cannot be booked
      When the broker books <amount> as DEPOSIT
      Then cTrader refuses the call with CHANGE_BALANCE_BAD_AMOUNT
      And the description names preciseAmount
      And the balance of the trading account is 100.00

      Examples:
        | amount        |
        | 0             |
        | -5            |
        | "-5"          |
        | 0.001         |
        | "0.000000001" |
        | 1e30          |

    Scenario Outline: What is no amount
      When the broker makes call 3.5 with <value> as preciseAmount
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names preciseAmount
      And the balance of the trading account is 100.00

      Examples:
        | value   |
        | "ten"   |
        | "1e2"   |
        | true    |
        | a list  |
        | nothing |

  @call-3.5
  Rule: A change needs its keys and its account

    Scenario Outline: A key is missing
      When the broker makes call 3.5 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key           |
        | preciseAmount |
        | type          |

    Scenario: A type nobody knows
      When the broker makes call 3.5 with "GIVE" as type
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names type

    Scenario: The login of another account
      When the broker makes call 3.5 with an unknown id as login
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names login

    Scenario: An unknown trading account
      When the broker makes call 3.5 for an unknown trading account
      Then cTrader refuses the call with TRADER_NOT_FOUND
      And the description names login

    Scenario: The login may be left out, as the address of the call has it
      When the broker makes call 3.5 without login
      Then cTrader accepts the call

  @call-WS-4.10
  Rule: Bonus is apart from money

    Scenario Outline: A change of the bonus
      Given 20.00 of bonus on the trading account
      When the broker books 5 of bonus as <type>
      Then cTrader accepts the call
      And the answer holds a bonusHistoryId alone
      And the bonus of the trading account is <bonus>
      And the balance of the trading account is 100.00

      Examples:
        | type     | bonus |
        | DEPOSIT  | 25.00 |
        | WITHDRAW | 15.00 |

    Scenario: More bonus than there is
      When the broker books 0.01 of bonus as WITHDRAW
      Then cTrader refuses the call with NOT_ENOUGH_MONEY

    Scenario: No bonus at all
      When the broker books 0 of bonus as DEPOSIT
      Then cTrader refuses the call with CHANGE_BALANCE_BAD_AMOUNT

    Scenario: The bonus of an unknown trading account
      When the broker makes call WS 4.10 for an unknown trading account
      Then cTrader refuses the call with TRADER_NOT_FOUND

  Rule: What holds for every change of money

    Scenario Outline: Without a manager token
      When the broker makes call <call> with no manager token
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

      Examples:
        | call    |
        | 3.5     |
        | WS 4.10 |

    Scenario Outline: A broker of the CRM is disabled for the manager
      Given the broker is disabled for the manager
      When the broker makes call <call>
      Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS

      Examples:
        | call    |
        | 3.5     |
        | WS 4.10 |
