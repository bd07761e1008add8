@call-3.7
Feature: Read a partner identifier
  The broker asks which partnerId a user, or one account of a user, has in cTrader. Levels are not mixed: a user's
  own partnerId says nothing about the user's accounts, nor the other way round.

  Background:
    Given the user Ines
    And Ines has the account A

  Scenario: Of a user
    Given Ines has the partnerId "IB-USER"
    And account A has the partnerId "IB-A"
    When the broker reads the partnerId of Ines
    Then cTrader accepts the call
    And cTrader answers with the userId of Ines and the partnerId "IB-USER"

  Scenario: Of an account
    Given Ines has the partnerId "IB-USER"
    And account A has the partnerId "IB-A"
    When the broker reads the partnerId of account A
    Then cTrader accepts the call
    And cTrader answers with the userId of Ines, the ctidTraderAccountId of account A and the partnerId "IB-A"

  Scenario: Both ids mean the account
    Given Ines has the partnerId "IB-USER"
    And account A has the partnerId "IB-A"
    When the broker reads the partnerId of Ines and account A
    Then cTrader answers with the userId of Ines, the ctidTraderAccountId of account A and the partnerId "IB-A"

  Scenario: Of one account among several
    Given Ines has the account B
    And account A has the partnerId "IB-A"
    And account B has the partnerId "IB-B"
    When the broker reads the partnerId of account B
    Then cTrader answers with the userId of Ines, the ctidTraderAccountId of account B and the partnerId "IB-B"

  Scenario: Both ids must belong together
    Given the user Rui
    And account A has the partnerId "IB-A"
    When the broker reads the partnerId of Rui and account A
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names ctidTraderAccountId

  Scenario Outline: Nothing is set at that level
    Given <other> has the partnerId "IB-OTHER"
    When the broker reads the partnerId of <target>
    Then cTrader accepts the call
    And the answer is empty

    Examples:
      | target             | other     |
      | Ines               | account A |
      | account A          | Ines      |
      | Ines and account A | Ines      |

  Scenario Outline: The target does not exist
    When the broker reads the partnerId of <target>
    Then cTrader refuses the call with ENTITY_NOT_FOUND
    And the description names <key>

    Examples:
      | target                       | key                 |
      | an unknown user              | userId              |
      | an unknown account           | ctidTraderAccountId |
      | Ines and an unknown account  | ctidTraderAccountId |
      | an unknown user and account A| userId              |

  Scenario: Neither id
    When the broker reads the partnerId of nobody
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names userId

  Scenario: The brokerCrmName is missing
    When the broker makes call 3.7 without brokerCrmName
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names brokerCrmName

  Scenario Outline: A wrong brokerCrmName
    When the broker makes call 3.7 with <value> as brokerCrmName
    Then cTrader refuses the call with CH_BROKER_NOT_FOUND
    And the description names brokerCrmName

    Examples:
      | value                           |
      | "NOBODYCRM"                     |
      | the brokerCrmName in lower case |

  Scenario Outline: A wrong manager token
    When the broker makes call 3.7 with <token>
    Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

    Examples:
      | token                    |
      | no manager token         |
      | an unknown manager token |

  Scenario: A broker of the CRM is disabled for the manager
    Given Ines has the partnerId "IB-1"
    And the broker is disabled for the manager
    When the broker reads the partnerId of Ines
    Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS

  Scenario Outline: An id that is none
    When the broker makes call 3.7 with <value> as userId
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names userId

    Examples:
      | value                      |
      | "abc"                      |
      | "1.5"                      |
      | "-1"                       |
      | an empty text              |
      | a number beyond 64 bits    |

  Scenario: Another broker reads nothing
    Given Ines has the partnerId "IB-1"
    And another broker
    When the other broker reads the partnerId of Ines
    Then cTrader refuses the call with ENTITY_NOT_FOUND

  @wire
  Scenario: On the wire, nothing set is a success with a body of no bytes
    When the broker sends GET /cid/oauth2/ctid/referral for Ines
    Then the status is 200
    And the body has no bytes

  @wire
  Scenario: On the wire, a user's partnerId is one object without an account
    Given Ines has the partnerId "IB-1"
    When the broker sends GET /cid/oauth2/ctid/referral for Ines
    Then the status is 200
    And the Content-Type is application/json
    And the body is one JSON object with the keys userId and partnerId
