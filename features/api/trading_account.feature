Feature: Trading accounts after they were opened
  What a broker's CRM does with an account later on: look at it, change it, list all of them, delete it.

  Background:
    Given a trading account

  @call-WS-4.2
  Scenario: Read one
    Given 25.50 of money on the trading account
    When the broker makes call WS 4.2
    Then cTrader accepts the call
    And the answer holds a login
    And the balance of the trading account is 25.50

  @call-WS-4.3
  Scenario: List all
    When the broker makes call WS 4.3
    Then cTrader accepts the call
    And the trading account is in the list

  @call-WS-4.3
  Scenario: A moment that is none
    When the broker makes call WS 4.3 with "yesterday" as from
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names from

  @call-WS-4.5.1
  Scenario: Change a whole account
    When the broker makes call WS 4.5.1
    Then cTrader accepts the call
    And the answer is empty
    And the leverageInCents of the trading account is 5000

  @call-WS-4.5.1
  Scenario: What a change of a whole account leaves out goes back to its default
    When the broker makes call WS 4.5.2
    Then the description of the trading account is "changed"
    When the broker makes call WS 4.5.1
    Then the description of the trading account is an empty text

  @call-WS-4.5.2
  Scenario: Change a part of an account
    When the broker makes call WS 4.5.2
    Then cTrader accepts the call
    And the answer is empty
    And the description of the trading account is "changed"
    And the leverageInCents of the trading account is 3000

  Scenario Outline: A change to something that is not there
    When the broker makes call <call> with <value> as <key>
    Then cTrader refuses the call with <code>
    And the description names <key>

    Examples:
      | call     | value     | key             | code                   |
      | WS 4.5.1 | "Nowhere" | groupName       | TRADER_GROUP_NOT_FOUND |
      | WS 4.5.2 | "Nowhere" | groupName       | TRADER_GROUP_NOT_FOUND |
      | WS 4.5.2 | "NOBODY"  | brokerName      | CH_PLANT_INVALID       |
      | WS 4.5.2 | "ALL"     | accessRights    | INVALID_REQUEST        |
      | WS 4.5.1 | zero      | leverageInCents | INVALID_REQUEST        |
      | WS 4.8   | "secret"  | hashedPassword  | INVALID_REQUEST        |

  @call-WS-4.6
  Scenario: Delete one
    Given 25.50 of money on the trading account
    When the broker makes call WS 4.6
    Then cTrader accepts the call
    And the answer is empty
    And the trading account is gone
    When the broker makes call WS 4.6 a second time
    Then cTrader refuses the call with TRADER_NOT_FOUND

  @call-WS-4.8
  Scenario: Another password
    Given the user Ines
    When the broker makes call WS 4.8
    Then cTrader accepts the call
    And the answer is empty
    When the broker makes call 3.4
    Then cTrader refuses the call with WRONG_PASSWORD

  @call-WS-4.8
  Scenario: A password needs its hash
    When the broker makes call WS 4.8 without hashedPassword
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names hashedPassword

  @call-WS-4.11
  Scenario: List the account groups
    When the broker makes call WS 4.11
    Then cTrader accepts the call
    And the account group is in the list

  Scenario Outline: An unknown trading account
    When the broker makes call <call> for an unknown trading account
    Then cTrader refuses the call with TRADER_NOT_FOUND
    And the description names login

    Examples:
      | call     |
      | WS 4.2   |
      | WS 4.5.1 |
      | WS 4.5.2 |
      | WS 4.6   |
      | WS 4.8   |

  Scenario Outline: Without a manager token
    When the broker makes call <call> with no manager token
    Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

    Examples:
      | call     |
      | WS 4.2   |
      | WS 4.3   |
      | WS 4.5.1 |
      | WS 4.5.2 |
      | WS 4.6   |
      | WS 4.8   |
      | WS 4.11  |

  Scenario Outline: A broker of the CRM is disabled for the manager
    Given the broker is disabled for the manager
    When the broker makes call <call>
    Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS

    Examples:
      | call     |
      | WS 4.2   |
      | WS 4.3   |
      | WS 4.5.1 |
      | WS 4.5.2 |
      | WS 4.6   |
      | WS 4.8   |
      | WS 4.11  |

  @wire
  Scenario: On the wire, an account is at an address of its own
    When the broker makes call WS 4.2
    Then the status is 200
    And the Content-Type is application/json
