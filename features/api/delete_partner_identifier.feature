@call-3.8
Feature: Delete a partner identifier
  The broker takes a partnerId back from a user, or from one account of a user. Without the account, only the
  user's own partnerId goes.

  Background:
    Given the user Ines
    And Ines has the account A
    And Ines has the account B
    And Ines has the partnerId "IB-USER"
    And account A has the partnerId "IB-A"
    And account B has the partnerId "IB-B"

  Scenario: Of a user
    When the broker deletes the partnerId of Ines
    Then cTrader accepts the call
    And the answer is empty
    And Ines has no partnerId
    And the partnerId of account A is "IB-A"
    And the partnerId of account B is "IB-B"

  Scenario: Of an account
    When the broker deletes the partnerId of Ines and account A
    Then cTrader accepts the call
    And the answer is empty
    And account A has no partnerId
    And the partnerId of account B is "IB-B"
    And the partnerId of Ines is "IB-USER"

  Scenario Outline: Deleting again is no error
    Given the partnerId of <target> was deleted
    When the broker deletes the partnerId of <target>
    Then cTrader accepts the call
    And the answer is empty

    Examples:
      | target             |
      | Ines               |
      | Ines and account A |

  Scenario: A partnerId can be set again afterwards
    Given the partnerId of Ines was deleted
    When the broker sets the partnerId "IB-NEXT" for Ines
    Then cTrader accepts the call
    And the partnerId of Ines is "IB-NEXT"

  Scenario: The userId is required even when the account is given
    When the broker deletes the partnerId of account A
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names userId
    And the partnerId of account A is "IB-A"

  Scenario: Neither id
    When the broker deletes the partnerId of nobody
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names userId

  Scenario: Both ids must belong together
    Given the user Rui
    When the broker deletes the partnerId of Rui and account A
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names ctidTraderAccountId
    And the partnerId of account A is "IB-A"

  Scenario Outline: The target does not exist
    When the broker deletes the partnerId of <target>
    Then cTrader refuses the call with ENTITY_NOT_FOUND
    And the description names <key>
    And the partnerId of Ines is "IB-USER"
    And the partnerId of account A is "IB-A"

    Examples:
      | target                        | key                 |
      | an unknown user               | userId              |
      | an unknown user and account A | userId              |
      | Ines and an unknown account   | ctidTraderAccountId |

  Scenario: The brokerCrmName is missing
    When the broker makes call 3.8 without brokerCrmName
    Then cTrader refuses the call with INVALID_REQUEST
    And the description names brokerCrmName
    And the partnerId of Ines is "IB-USER"

  Scenario Outline: A wrong brokerCrmName
    When the broker makes call 3.8 with <value> as brokerCrmName
    Then cTrader refuses the call with CH_BROKER_NOT_FOUND
    And the partnerId of Ines is "IB-USER"

    Examples:
      | value                           |
      | "NOBODYCRM"                     |
      | the brokerCrmName in lower case |

  Scenario Outline: A wrong manager token
    When the broker makes call 3.8 with <token>
    Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE
    And the partnerId of Ines is "IB-USER"

    Examples:
      | token                    |
      | no manager token         |
      | an unknown manager token |

  Scenario: A broker of the CRM is disabled for the manager
    Given the broker is disabled for the manager
    When the broker deletes the partnerId of Ines
    Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS
    When the broker is enabled again
    Then the partnerId of Ines is "IB-USER"

  Scenario: Another broker deletes nothing
    Given another broker
    When the other broker deletes the partnerId of Ines
    Then cTrader refuses the call with ENTITY_NOT_FOUND
    And the partnerId of Ines is "IB-USER"

  @wire
  Scenario: On the wire, the ids travel in the query and the answer has no bytes
    When the broker sends DELETE /cid/oauth2/ctid/referral for Ines and account A
    Then the status is 200
    And the body has no bytes
