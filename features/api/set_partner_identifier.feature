@call-3.6
Feature: Set a partner identifier
  The broker attaches a partnerId to a user, or to one account of a user. This is how a partner of the broker
  becomes known to cTrader, and what every link of that partner carries from then on.

  Background:
    Given the user Ines
    And Ines has the account A

  Rule: The ids of the call decide the level

    Scenario: A user
      When the broker sets the partnerId "IB-7Q2F" for Ines
      Then cTrader accepts the call
      And cTrader answers with the userId of Ines alone
      And the partnerId of Ines is "IB-7Q2F"
      And account A has no partnerId

    Scenario: An account
      When the broker sets the partnerId "IB-7Q2F-ACC" for account A
      Then cTrader accepts the call
      And cTrader answers with the ctidTraderAccountId of account A alone
      And the partnerId of account A is "IB-7Q2F-ACC"
      And Ines has no partnerId

    Scenario: Both ids mean the account
      When the broker sets the partnerId "IB-7Q2F-ACC" for Ines and account A
      Then cTrader accepts the call
      And cTrader answers with the ctidTraderAccountId of account A alone
      And the partnerId of account A is "IB-7Q2F-ACC"
      And Ines has no partnerId

    Scenario: Both ids must belong together
      Given the user Rui
      When the broker sets the partnerId "IB-7Q2F" for Rui and account A
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names ctidTraderAccountId
      And Rui has no partnerId
      And account A has no partnerId

    Scenario: A user and the accounts of that user have a partnerId each
      Given Ines has the account B
      When the broker sets the partnerId "IB-USER" for Ines
      And the broker sets the partnerId "IB-A" for account A
      And the broker sets the partnerId "IB-B" for account B
      Then the partnerId of Ines is "IB-USER"
      And the partnerId of account A is "IB-A"
      And the partnerId of account B is "IB-B"

  Rule: Setting again overwrites

    Scenario Outline: Another partnerId replaces the first
      Given <target> has the partnerId "IB-OLD"
      When the broker sets the partnerId "IB-NEW" for <target>
      Then cTrader accepts the call
      And the partnerId of <target> is "IB-NEW"

      Examples:
        | target    |
        | Ines      |
        | account A |

    Scenario Outline: The same partnerId again changes nothing
      Given <target> has the partnerId "IB-SAME"
      When the broker sets the partnerId "IB-SAME" for <target>
      Then cTrader accepts the call
      And the partnerId of <target> is "IB-SAME"

      Examples:
        | target    |
        | Ines      |
        | account A |

  Rule: A unique partnerId is the broker's duty, not cTrader's

    Scenario: Two users with the same partnerId
      Given the user Rui
      And Rui has the partnerId "IB-SHARED"
      When the broker sets the partnerId "IB-SHARED" for Ines
      Then cTrader accepts the call
      And the partnerId of Ines is "IB-SHARED"
      And the partnerId of Rui is "IB-SHARED"

    Scenario: A user and an account of that user with the same partnerId
      Given Ines has the partnerId "IB-SHARED"
      When the broker sets the partnerId "IB-SHARED" for account A
      Then cTrader accepts the call
      And the partnerId of account A is "IB-SHARED"
      And the partnerId of Ines is "IB-SHARED"

  Rule: A partnerId is any text of 1 to 255 characters that is not blank

    Scenario Outline: Accepted as it is
      When the broker sets <value> as the partnerId of Ines
      Then cTrader accepts the call
      And the partnerId of Ines is exactly that value

      Examples:
        | value                                    |
        | a text of 1 character                    |
        | a text of 255 characters                 |
        | a text of 255 emoji                      |
        | "ib-7q2f"                                |
        | "ines@example.net"                       |
        | "a+b/c=d%20e&f?g#h"                      |
        | "two words"                              |
        | " space around "                         |
        | "Партнёр-7"                              |
        | "パートナー"                             |
        | "شريك"                                   |
        | "👩‍👩‍👧"                                    |
        | "<script>alert(1)</script>"              |
        | "Robert'); DROP TABLE partner_records;"  |
        | "null"                                   |
        | "0"                                      |

    Scenario Outline: Refused
      Given Ines has the partnerId "IB-1"
      When the broker sets <value> as the partnerId of Ines
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names partnerId
      And the partnerId of Ines is "IB-1"

      Examples:
        | value                       |
        | an empty text               |
        | a blank text                |
        | a text of 256 characters    |
        | a text with a line break    |
        | a text with a NUL           |
        | a text with half a character|
        | nothing                     |
        | an integer                  |
        | a list                      |
        | an object                   |
        | true                        |

    Scenario: Letter case matters
      Given Ines has the partnerId "IB-case"
      When the broker sets the partnerId "IB-CASE" for Ines
      Then the partnerId of Ines is "IB-CASE"

  Rule: The target has to exist

    Scenario: An unknown user
      When the broker sets the partnerId "IB-7Q2F" for an unknown user
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names userId

    Scenario: An unknown account
      When the broker sets the partnerId "IB-7Q2F" for an unknown account
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names ctidTraderAccountId

    Scenario: A known user and an unknown account
      When the broker sets the partnerId "IB-7Q2F" for Ines and an unknown account
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names ctidTraderAccountId
      And Ines has no partnerId

    Scenario: An unknown user and a known account
      When the broker sets the partnerId "IB-7Q2F" for an unknown user and account A
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names userId
      And account A has no partnerId

    Scenario: The login of an account is not its ctidTraderAccountId
      When the broker sets the partnerId "IB-7Q2F" for the login of account A
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names ctidTraderAccountId

    Scenario: Neither id
      When the broker sets the partnerId "IB-7Q2F" for nobody
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names userId
      And the description names ctidTraderAccountId

  Rule: A refused call changes nothing

    Scenario Outline: A key is missing
      Given Ines has the partnerId "IB-1"
      When the broker makes call 3.6 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>
      And the partnerId of Ines is "IB-1"

      Examples:
        | key           |
        | partnerId     |
        | brokerCrmName |

    Scenario Outline: A wrong brokerCrmName
      Given Ines has the partnerId "IB-1"
      When the broker makes call 3.6 with <value> as brokerCrmName
      Then cTrader refuses the call with <code>
      And the description names brokerCrmName
      And the partnerId of Ines is "IB-1"

      Examples:
        | value                            | code                |
        | "NOBODYCRM"                      | CH_BROKER_NOT_FOUND |
        | the brokerCrmName in lower case  | CH_BROKER_NOT_FOUND |
        | the brokerCrmName with a space   | CH_BROKER_NOT_FOUND |
        | an empty text                    | INVALID_REQUEST     |
        | nothing                          | INVALID_REQUEST     |
        | an integer                       | INVALID_REQUEST     |

    Scenario Outline: A wrong manager token
      Given Ines has the partnerId "IB-1"
      When the broker makes call 3.6 with <token>
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE
      And the description names token
      And the partnerId of Ines is "IB-1"

      Examples:
        | token                                  |
        | no manager token                       |
        | an empty manager token                 |
        | an unknown manager token               |
        | the manager token in upper case        |

    Scenario: The manager token is looked at before the keys
      When the broker makes call 3.6 with no manager token and no keys
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

    Scenario Outline: A broker of the CRM is disabled for the manager
      Given Ines has the partnerId "IB-1"
      And the broker is disabled for the manager
      When the broker sets the partnerId "IB-2" for <target>
      Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS
      And the description names brokerCrmName
      When the broker is enabled again
      Then the partnerId of Ines is "IB-1"
      And account A has no partnerId

      Examples:
        | target    |
        | Ines      |
        | account A |

    Scenario: A broker of another CRM is disabled for the manager
      Given the broker "SOMEBODYELSE" is disabled for the manager
      When the broker sets the partnerId "IB-2" for Ines
      Then cTrader accepts the call

  Rule: Ids are integers, or their digits as a text

    Scenario Outline: Digits as a text
      When the broker sets the partnerId "IB-7Q2F" for <target>, with its id as a text
      Then cTrader accepts the call
      And the partnerId of <target> is "IB-7Q2F"
      And every id in the answer is an integer

      Examples:
        | target    |
        | Ines      |
        | account A |

    Scenario Outline: Anything else
      Given Ines has the partnerId "IB-1"
      When the broker makes call 3.6 with <value> as <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>
      And the partnerId of Ines is "IB-1"

      Examples:
        | value                       | key                 |
        | the userId as a float       | userId              |
        | the userId with a fraction  | userId              |
        | the userId with a sign      | userId              |
        | the userId with a space     | userId              |
        | an empty text               | userId              |
        | a negative integer          | userId              |
        | zero                        | userId              |
        | a number beyond 64 bits     | userId              |
        | true                        | userId              |
        | a list                      | userId              |
        | the userId as a float       | ctidTraderAccountId |
        | an empty text               | ctidTraderAccountId |
        | a number beyond 64 bits     | ctidTraderAccountId |
        | an object                   | ctidTraderAccountId |

    Scenario: An id that is null counts as not given
      When the broker makes call 3.6 with nothing as ctidTraderAccountId
      Then cTrader accepts the call
      And cTrader answers with the userId of Ines alone

  Rule: Each broker's records are its own

    Scenario: Another broker cannot reach a user
      Given another broker
      When the other broker sets the partnerId "IB-THEIRS" for Ines
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And Ines has no partnerId

    Scenario: Another broker cannot reach an account
      Given another broker
      When the other broker sets the partnerId "IB-THEIRS" for account A
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And account A has no partnerId

    Scenario: A manager works under its own brokerCrmName only
      Given another broker
      When the other broker sets the partnerId "IB-THEIRS" for Ines under the first broker's brokerCrmName
      Then cTrader refuses the call with CH_BROKER_NOT_FOUND
      And Ines has no partnerId

    Scenario: Equal names do not mix the records of two brokers
      Given another broker with the same brokerCrmName
      When the other broker sets the partnerId "IB-THEIRS" for Ines
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And Ines has no partnerId

  @wire
  Scenario Outline: On the wire, at the level of <target>
    When the broker sends PUT /cid/oauth2/ctid/referral for <target>
    Then the status is 200
    And the Content-Type is application/json
    And the body is one JSON object with the key <key> alone

    Examples:
      | target    | key                 |
      | Ines      | userId              |
      | account A | ctidTraderAccountId |

  @wire
  Scenario: On the wire, the description of an unknown user reads as clients know it
    When the broker sets the partnerId "IB-7Q2F" for an unknown user
    Then the status is 404
    And the body is an error envelope
    And the description contains "an't find user with id="
