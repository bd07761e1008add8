Feature: Users and accounts
  What a broker needs before it can attach a partnerId: a manager token, a user, a trading account, and the link
  between the two, whose id is the ctidTraderAccountId.

  @call-3.1
  Rule: A manager token opens every other call

    Scenario: The right credentials
      When the broker makes call 3.1
      Then cTrader accepts the call
      And the answer holds a webservToken

    Scenario: The number of the manager as a text
      When the broker makes call 3.1 with the manager's login as a text as login
      Then cTrader accepts the call

    Scenario: The hash in upper case
      When the broker makes call 3.1 with the hash in upper case as hashedPassword
      Then cTrader accepts the call

    Scenario: A further token leaves the earlier one valid
      Given the broker asks for a second manager token
      When the broker creates a user with the first manager token
      Then cTrader accepts the call
      When the broker creates a user with the second manager token
      Then cTrader accepts the call

    Scenario Outline: Wrong credentials
      When the broker makes call 3.1 with <value> as <key>
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE
      And the description names <key>

      Examples:
        | value                       | key            |
        | an unknown id               | login          |
        | the hash of another text    | hashedPassword |
        | the password itself         | hashedPassword |

    Scenario Outline: A manager token needs its keys
      When the broker makes call 3.1 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key            |
        | login          |
        | hashedPassword |

    Scenario: A refusal does not repeat the hash
      When the broker makes call 3.1 with the hash of another text as hashedPassword
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE
      And the description does not contain the hash

  @call-3.2
  Rule: A user is created once per address

    Scenario: A new user
      When the broker makes call 3.2
      Then cTrader accepts the call
      And the answer holds a userId alone

    Scenario: All optional keys
      When the broker creates a user with firstName, nickName and preferredLanguage
      Then cTrader accepts the call
      And the answer holds a userId alone

    Scenario Outline: A nickname is never an error
      When the broker makes call 3.2 with <value> as <key>
      Then cTrader accepts the call

      Examples:
        | value                    | key      |
        | "ines.fx"                | nickName |
        | "ines.fx"                | nickname |
        | an empty text            | nickName |
        | "not a nickname!"        | nickName |
        | a text of 256 characters | nickName |
        | a text with a line break | nickName |
        | a text with half a character | nickName |
        | nothing                  | nickName |

    Scenario: Two users may want the same nickname
      Given the user Ines with the nickname "trader"
      When the broker makes call 3.2 with "trader" as nickName
      Then cTrader accepts the call

    Scenario Outline: The address belongs to a user already
      Given the user Ines
      When the broker makes call 3.2 with <value> as email
      Then cTrader refuses the call with CH_EMAIL_ALREADY_EXISTS
      And the description names email

      Examples:
        | value                             |
        | the address of Ines               |
        | the address of Ines in upper case |

    Scenario Outline: An address that cannot be used
      When the broker makes call 3.2 with <value> as email
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names email

      Examples:
        | value                            |
        | "x7@privaterelay.appleid.com"    |
        | "X7@PrivateRelay.AppleID.com"    |
        | "ines"                           |
        | "@example.net"                   |
        | "ines@"                          |
        | "ines@@example.net"              |
        | an empty text                    |
        | a text of 256 characters         |
        | an integer                       |
        | nothing                          |

    Scenario Outline: A user needs right values
      When the broker makes call 3.2 with <value> as <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | value      | key               |
        | an integer | firstName         |
        | a list     | firstName         |
        | "english"  | preferredLanguage |
        | an integer | nickName          |

    Scenario: A broker's address is free at another broker
      Given the user Ines
      And another broker
      When the other broker creates a user with the address of Ines
      Then cTrader accepts the call

  @call-3.3
  Rule: A trading account belongs to a broker and a group

    Scenario: A new trading account
      When the broker makes call 3.3
      Then cTrader accepts the call
      And the answer holds a login
      And the answer repeats what was asked, but not the password

    Scenario: The partner that brought the trader
      When the broker makes call 3.3 with {"introducingBroker1": "IB-7Q2F", "countryId": 620} as contactDetails
      Then cTrader accepts the call
      And the contactDetails of the answer hold "IB-7Q2F" as introducingBroker1

    Scenario: The broker is the first of the CRM if none is named
      When the broker makes call 3.3 without brokerName
      Then cTrader accepts the call
      And the answer names the first broker of the CRM

    Scenario Outline: A trading account needs its keys
      When the broker makes call 3.3 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key             |
        | accessRights    |
        | accountType     |
        | balance         |
        | depositCurrency |
        | groupName       |
        | hashedPassword  |
        | leverageInCents |

    Scenario Outline: A trading account needs right values
      When the broker makes call 3.3 with <value> as <key>
      Then cTrader refuses the call with <code>
      And the description names <key>

      Examples:
        | value                         | key                        | code                   |
        | "Nowhere"                     | groupName                  | TRADER_GROUP_NOT_FOUND |
        | "NOBODY"                      | brokerName                 | CH_PLANT_INVALID       |
        | the brokerName in lower case  | brokerName                 | CH_PLANT_INVALID       |
        | "EVERYTHING"                  | accessRights               | INVALID_REQUEST        |
        | "hedged"                      | accountType                | INVALID_REQUEST        |
        | "AVERAGE"                     | totalMarginCalculationType | INVALID_REQUEST        |
        | a negative integer            | balance                    | INVALID_REQUEST        |
        | 10.5                          | balance                    | INVALID_REQUEST        |
        | "euro"                        | depositCurrency            | INVALID_REQUEST        |
        | "secret"                      | hashedPassword             | INVALID_REQUEST        |
        | zero                          | leverageInCents            | INVALID_REQUEST        |
        | "yes"                         | swapFree                   | INVALID_REQUEST        |
        | a list                        | contactDetails             | INVALID_REQUEST        |
        | {"countryId": "PT"}           | contactDetails.countryId   | INVALID_REQUEST        |

  @call-3.4
  Rule: A trading account is linked to one user

    Background:
      Given the user Ines
      And a trading account

    Scenario: With account details
      When the broker makes call 3.4
      Then cTrader accepts the call
      And the answer holds a ctidTraderAccountId alone

    Scenario: The flag as a text
      When the broker makes call 3.4 with "true" as returnAccountDetails
      Then cTrader accepts the call
      And the answer holds a ctidTraderAccountId alone

    Scenario Outline: Without account details
      When the broker makes call 3.4 with <value> as returnAccountDetails
      Then cTrader accepts the call
      And the answer is empty

      Examples:
        | value   |
        | false   |
        | "false" |
        | nothing |

    Scenario: The flag left out
      When the broker makes call 3.4 without returnAccountDetails
      Then cTrader accepts the call
      And the answer is empty

    Scenario: Several accounts of one user
      Given Ines has the account A
      And Ines has the account B
      Then account A and account B have different ids

    Scenario: An account that is linked already
      Given the trading account is linked to Ines
      When the broker makes call 3.4
      Then cTrader refuses the call with CH_TRADER_ACCOUNT_ALREADY_LINKED
      And the description names traderLogin

    Scenario: An account that is linked to somebody else already
      Given the user Rui
      And the trading account is linked to Rui
      When the broker makes call 3.4
      Then cTrader refuses the call with CH_TRADER_ACCOUNT_ALREADY_LINKED

    Scenario Outline: A link needs right values
      When the broker makes call 3.4 with <value> as <key>
      Then cTrader refuses the call with <code>
      And the description names <key>
      And the trading account can still be linked

      Examples:
        | value                    | key                  | code                     |
        | an unknown id            | traderLogin          | TRADER_NOT_FOUND         |
        | an unknown id            | userId               | ENTITY_NOT_FOUND         |
        | "staging"                | environmentName      | CH_ENVIRONMENT_NOT_FOUND |
        | "DEMO"                   | environmentName      | CH_ENVIRONMENT_NOT_FOUND |
        | "NOBODY"                 | brokerName           | CH_PLANT_INVALID         |
        | the hash of another text | traderPasswordHash   | WRONG_PASSWORD           |
        | "secret"                 | traderPasswordHash   | INVALID_REQUEST          |
        | 10.5                     | traderLogin          | INVALID_REQUEST          |
        | "yes"                    | returnAccountDetails | INVALID_REQUEST          |

    Scenario Outline: A link needs its keys
      When the broker makes call 3.4 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key                |
        | traderLogin        |
        | traderPasswordHash |
        | userId             |
        | environmentName    |

  @call-3.11
  Rule: A user is found by address

    Background:
      Given the user Ines

    Scenario Outline: A known address
      When the broker makes call 3.11 with <value> as email
      Then cTrader accepts the call
      And cTrader answers with the userId of Ines alone

      Examples:
        | value                             |
        | the address of Ines               |
        | the address of Ines in upper case |

    Scenario: An unknown address is no error
      When the broker makes call 3.11 with "nobody@example.net" as email
      Then cTrader accepts the call
      And the answer is empty

    Scenario: An address of another broker is unknown
      Given another broker
      When the other broker looks up the address of Ines
      Then cTrader accepts the call
      And the answer is empty

    Scenario Outline: A look-up needs its keys
      When the broker makes call 3.11 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key           |
        | email         |
        | brokerCrmName |

  @call-3.13
  Rule: A user's agreement is confirmed

    Background:
      Given the user Ines

    Scenario: A known user
      When the broker makes call 3.13
      Then cTrader accepts the call
      And the answer is empty

    Scenario: Once more
      Given the broker confirmed the agreement of Ines
      When the broker makes call 3.13
      Then cTrader accepts the call

    Scenario: An unknown user
      When the broker makes call 3.13 with an unknown id as userId
      Then cTrader refuses the call with ENTITY_NOT_FOUND
      And the description names userId

    Scenario Outline: An agreement needs its keys
      When the broker makes call 3.13 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key           |
        | userId        |
        | brokerCrmName |

  Rule: What holds for every call

    Background:
      Given the user Ines
      And a trading account

    Scenario Outline: Without a manager token
      When the broker makes call <call> with no manager token
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

      Examples:
        | call |
        | 3.2  |
        | 3.3  |
        | 3.4  |
        | 3.11 |
        | 3.13 |

    Scenario Outline: With an unknown manager token
      When the broker makes call <call> with an unknown manager token
      Then cTrader refuses the call with CH_CLIENT_AUTH_FAILURE

      Examples:
        | call |
        | 3.2  |
        | 3.3  |
        | 3.4  |
        | 3.11 |
        | 3.13 |

    Scenario Outline: Under an unknown brokerCrmName
      When the broker makes call <call> with "NOBODYCRM" as brokerCrmName
      Then cTrader refuses the call with CH_BROKER_NOT_FOUND
      And the description names brokerCrmName

      Examples:
        | call |
        | 3.2  |
        | 3.11 |
        | 3.13 |

    Scenario Outline: A broker of the CRM is disabled for the manager
      Given the broker is disabled for the manager
      When the broker makes call <call>
      Then cTrader refuses the call with CH_INSUFFICIENT_PERMISSIONS

      Examples:
        | call |
        | 3.2  |
        | 3.3  |
        | 3.4  |
        | 3.11 |
        | 3.13 |

    Scenario Outline: Keys nobody knows are ignored
      When the broker makes call <call> with {"kyc": [true]} as kycNotPassed
      Then cTrader accepts the call

      Examples:
        | call |
        | 3.1  |
        | 3.2  |
        | 3.3  |
        | 3.4  |

    @wire
    Scenario Outline: On the wire, success of call <call>
      When the broker makes call <call>
      Then the status is <status>

      Examples:
        | call | status |
        | 3.1  | 200    |
        | 3.2  | 201    |
        | 3.3  | 201    |
        | 3.4  | 200    |
        | 3.11 | 200    |
        | 3.13 | 200    |
