Feature: Changes to a user
  What a broker tells cTrader of a user later on: ribbons in the application, another address, the end of a session.
  And the sister of the call that creates users, which brokers without a single sign-on use.

  Background:
    Given the user Ines
    And Ines has the account A

  @call-3.9
  Rule: Ribbons

    Scenario: A ribbon for a user
      When the broker gives Ines a ribbon
      Then cTrader accepts the call
      And the answer is empty

    Scenario Outline: A ribbon for less than a user
      When the broker gives Ines a ribbon with <value> as <key>
      Then cTrader accepts the call

      Examples:
        | value     | key                 |
        | account A | ctidTraderAccountId |
        | "true"    | closable            |

    Scenario: No ribbons any more
      Given the user Rui
      When the broker makes call 3.9
      Then cTrader accepts the call
      And the answer is empty

    Scenario Outline: A ribbon needs right values
      When the broker gives Ines a ribbon with <value> as <key>
      Then cTrader refuses the call with <code>
      And the description names <named>

      Examples:
        | value                                                 | key                 | code             | named                           |
        | "blue"                                                | color               | INVALID_REQUEST  | rules.ribbons.0.color           |
        | an empty text                                         | title               | INVALID_REQUEST  | rules.ribbons.0.title           |
        | "yes"                                                 | enabled             | INVALID_REQUEST  | rules.ribbons.0.enabled         |
        | {}                                                    | action              | INVALID_REQUEST  | rules.ribbons.0.action          |
        | {"urlinApp": "javascript:alert(1)"}                   | action              | INVALID_REQUEST  | rules.ribbons.0.action.urlinApp |
        | {"urlinApp": "http://a/", "urlExternal": "http://a/"} | action              | INVALID_REQUEST  | rules.ribbons.0.action          |
        | "NOBODY"                                              | brokerName          | CH_PLANT_INVALID | brokerName                      |
        | "4"                                                   | ctidTraderAccountId | ENTITY_NOT_FOUND | ctidTraderAccountId             |

    Scenario: A ribbon for somebody else's account
      Given the user Rui
      And Rui has the account B
      When the broker gives Ines a ribbon with account B as ctidTraderAccountId
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names rules.ribbons.0.ctidTraderAccountId

    Scenario Outline: A ribbon needs its keys
      When the broker gives Ines a ribbon without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names rules.ribbons.0.<key>

      Examples:
        | key      |
        | color    |
        | title    |
        | enabled  |
        | closable |
        | action   |

  @call-3.10
  Rule: Another address

    Scenario: A free address
      When the broker makes call 3.10
      Then cTrader accepts the call
      And the answer is empty
      And Ines is found under the new address
      And nobody is found under the former address

    Scenario: The same address again changes nothing
      When the broker makes call 3.10 with the address of Ines as newEmail
      Then cTrader accepts the call
      And Ines is found under the former address

    Scenario: The address of somebody else
      Given the user Rui with the nickname "rui"
      When the broker makes call 3.10 with the address of Rui as newEmail
      Then cTrader refuses the call with CH_EMAIL_ALREADY_EXISTS
      And the description names newEmail
      And Ines is found under the former address

    Scenario Outline: An address that cannot be used
      When the broker makes call 3.10 with <value> as newEmail
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names newEmail
      And Ines is found under the former address

      Examples:
        | value                         |
        | "x7@privaterelay.appleid.com" |
        | "ines"                        |
        | an empty text                 |
        | nothing                       |

  @call-3.12
  Rule: The end of a session

    Scenario: A known user
      When the broker makes call 3.12
      Then cTrader accepts the call
      And the answer is empty

    Scenario: Once more
      When the broker makes call 3.12
      And the broker makes call 3.12 a second time
      Then cTrader accepts the call

  @call-WS-5.1
  Rule: The sister of creating a user

    Scenario: A new address
      When the broker makes call WS 5.1
      Then cTrader accepts the call
      And the answer has the keys userId, nickname, email, preferredLanguage, utcCreateTimestamp and status

    Scenario Outline: A known address is no error
      When the broker makes call WS 5.1 with <value> as email
      Then cTrader accepts the call
      And cTrader answers with the userId of Ines alone

      Examples:
        | value                             |
        | the address of Ines               |
        | the address of Ines in upper case |

    Scenario Outline: A user needs right values
      When the broker makes call WS 5.1 with <value> as <key>
      Then cTrader refuses the call with <code>
      And the description names <key>

      Examples:
        | value                         | key               | code             |
        | "x7@privaterelay.appleid.com" | email             | INVALID_REQUEST  |
        | nothing                       | email             | INVALID_REQUEST  |
        | "english"                     | preferredLanguage | INVALID_REQUEST  |
        | "NOBODY"                      | brokerName        | CH_PLANT_INVALID |

  Rule: What holds for every one of these calls

    Scenario Outline: A key is missing
      When the broker makes call <call> without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | call   | key           |
        | 3.9    | brokerCrmName |
        | 3.9    | userId        |
        | 3.9    | rules         |
        | 3.10   | brokerCrmName |
        | 3.10   | userId        |
        | 3.10   | newEmail      |
        | 3.12   | brokerCrmName |
        | 3.12   | userId        |
        | WS 5.1 | email         |

    Scenario Outline: An unknown user
      When the broker makes call <call> with an unknown id as userId
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names userId

      Examples:
        | call |
        | 3.9  |
        | 3.10 |
        | 3.12 |

    Scenario Outline: Under an unknown brokerCrmName
      When the broker makes call <call> with "NOBODYCRM" as brokerCrmName
      Then cTrader refuses the call with CH_BROKER_NOT_FOUND
      And the description names brokerCrmName

      Examples:
        | call |
        | 3.9  |
        | 3.10 |
        | 3.12 |

    Scenario Outline: Without a manager token
      When the broker makes call <call> with no manager token
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

      Examples:
        | call   |
        | 3.9    |
        | 3.10   |
        | 3.12   |
        | WS 5.1 |

    Scenario Outline: A broker of the CRM is disabled for the manager
      Given the broker is disabled for the manager
      When the broker makes call <call>
      Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS

      Examples:
        | call   |
        | 3.9    |
        | 3.10   |
        | 3.12   |
        | WS 5.1 |

    @wire
    Scenario Outline: On the wire, success of call <call>
      When the broker makes call <call>
      Then the status is <status>

      Examples:
        | call   | status |
        | 3.9    | 201    |
        | 3.10   | 204    |
        | 3.12   | 200    |
        | WS 5.1 | 200    |
