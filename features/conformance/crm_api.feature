@crm-api
Feature: Calls 4.x - what cTrader asks of the broker
  cTrader authenticates to the broker's CRM, exchanges one-time tokens, checks access tokens and asks for one-time
  tokens. The cases are the vendor's own, section 6.1; each is played on the broker as cTrader would. A refusal must
  be one, and must give nothing away.

  @case-6.1.1 @call-4.1
  Scenario: 6.1.1 The right password is answered with a crmApiToken
    When cTrader authenticates with the password of the broker's settings
    Then the broker issues a crmApiToken

  @case-6.1.1 @call-4.1
  Scenario: 6.1.1 A wrong password is refused
    When cTrader authenticates with a wrong password
    Then the broker refuses and issues no crmApiToken

  @call-4.1
  Scenario: 4.1 Every crmApiToken is a new one
    When cTrader authenticates twice with the password of the broker's settings
    Then the two crmApiTokens differ

  @case-6.1.2 @call-4.2
  Scenario: 6.1.2 A valid one-time token is exchanged
    Given a user who has just signed up
    When cTrader exchanges the one-time token of the success URL
    Then the broker answers with the userId that cTrader gave this user
    And the broker gives an accessToken, by which the user stays logged in

  @case-6.1.2 @call-4.2
  Scenario Outline: 6.1.2 An invalid one-time token is refused
    When cTrader exchanges a one-time token that is <kind>
    Then the broker refuses and tells no userId and no accessToken
    And the refusal is the one for an invalid one-time token

    Examples:
      | kind                  |
      | made up               |
      | very long             |
      | an accessToken        |
      | the crmApiToken       |

  @case-6.1.2 @call-4.2 @duty-ot-token-bad-crm-token
  Scenario Outline: 6.1.2 An exchange with an invalid crmApiToken is refused
    Given a user who has just signed up
    When cTrader exchanges the one-time token with a crmApiToken that is <kind>
    Then the broker refuses for the crmApiToken and tells nothing
    And the one-time token is still good for cTrader

    Examples:
      | kind    |
      | made up |
      | missing |
      | empty   |

  @call-4.2
  Scenario: 4.2 A one-time token is good for one exchange only
    Given a user who has just signed up
    When cTrader exchanges the one-time token twice
    Then the second exchange is refused

  @call-4.2
  Scenario: 4.2 A one-time token is good for one exchange only, also at the same moment
    Given a user who has just signed up
    When cTrader exchanges the one-time token eight times at once
    Then one exchange succeeds at most

  @case-6.1.3 @call-4.3
  Scenario: 6.1.3 A valid accessToken is accepted, time and again
    Given a user whom cTrader has signed in, who stays logged in
    When cTrader checks the accessToken twice
    Then the broker answers both times with the userId that cTrader gave this user

  @case-6.1.3 @call-4.3 @duty-access-token-invalid
  Scenario Outline: 6.1.3 An invalid accessToken is refused
    When cTrader checks an accessToken that is <kind>
    Then the broker refuses and tells no userId

    Examples:
      | kind              |
      | made up           |
      | very long         |
      | a one-time token  |
      | the crmApiToken   |

  @case-6.1.3 @call-4.3 @duty-access-token-bad-crm-token
  Scenario Outline: 6.1.3 A check with an invalid crmApiToken is refused
    Given a user whom cTrader has signed in, who stays logged in
    When cTrader checks the accessToken with a crmApiToken that is <kind>
    Then the broker refuses for the crmApiToken and tells nothing

    Examples:
      | kind    |
      | made up |
      | missing |
      | empty   |

  @case-6.1.4 @call-4.4
  Scenario: 6.1.4 A one-time token for an InApp action is generated
    Given a user whom cTrader has signed in
    When cTrader asks for a one-time token for the user
    Then the broker issues a one-time token

  @case-6.1.4 @call-4.4
  Scenario: 6.1.4 No one-time token for a user the broker does not know
    When cTrader asks for a one-time token for a userId that nobody has
    Then the broker refuses and issues no one-time token

  @case-6.1.4 @call-4.4 @duty-ot-token-generate-bad-crm-token
  Scenario Outline: 6.1.4 A request for a one-time token with an invalid crmApiToken is refused
    Given a user whom cTrader has signed in
    When cTrader asks for a one-time token for the user with a crmApiToken that is <kind>
    Then the broker refuses for the crmApiToken and tells nothing

    Examples:
      | kind    |
      | made up |
      | missing |
      | empty   |

  @call-4.4
  Scenario Outline: 4.4 An inappToken that was issued is checked
    Given a user whom cTrader has signed in
    When cTrader asks for a one-time token for the user with an inappToken that is <kind>
    Then the broker issues no one-time token if it ever issued an inappToken

    Examples:
      | kind    |
      | made up |
      | missing |

  @case-6.1.5
  Scenario: 6.1.5 Each log-in gets a new one-time token
    Given a user who has signed up to stay logged in
    When the user logs in twice
    Then the one-time tokens of the two log-ins differ
    And each one-time token is exchanged for the user it was minted for

  @case-6.1.6
  Scenario: 6.1.6 Two users get different one-time tokens
    Given two users who have just signed up
    Then their one-time tokens differ
    And each one-time token is exchanged for the user it was minted for

  @call-4.5
  Scenario: 4.5 A log-out revokes the accessToken
    Given a user whom cTrader has signed in, who stays logged in
    When cTrader tells the broker that the user logged out
    Then the accessToken is refused from then on

  @wire
  Scenario Outline: 4.x A call without its required key is refused
    When cTrader makes call <call> without the key <key>
    Then the broker answers 400 to the call

    Examples:
      | call | key         |
      | 4.1  | password    |
      | 4.2  | code        |
      | 4.3  | accessToken |
      | 4.4  | userId      |

  @wire
  Scenario Outline: 4.x A call whose body is no JSON is refused
    When cTrader makes call <call> with a body that is no JSON
    Then the broker answers 400 to the call

    Examples:
      | call |
      | 4.1  |
      | 4.2  |
      | 4.3  |
      | 4.4  |

  @wire
  Scenario Outline: 4.x Requests made up from the contract never make the broker fail
    When many requests for call <call> are made up from the contract
    Then the broker never fails with a server error
    And the broker's answers keep to the contract

    Examples:
      | call |
      | 4.1  |
      | 4.2  |
      | 4.3  |
      | 4.4  |
      | 4.5  |

  @case-6.1.8 @wire
  Scenario: 6.1.8 The broker answers over HTTPS only
    When the broker's address is tried without encryption
    Then there is no answer

  @case-6.1.9 @wire
  Scenario: 6.1.9 The broker's certificate is valid
    When the broker's address is tried with encryption
    Then the certificate is accepted

  @case-6.1.7 @last
  Scenario: 6.1.7 A one-time token expires after one minute
    Given a one-time token that was minted more than a minute ago
    When cTrader exchanges the old one-time token
    Then the broker refuses the expired one-time token

  @call-4.1 @last
  Scenario: 4.1 A crmApiToken is valid for at least a week
    Given a crmApiToken that was issued six days and twenty-three hours ago
    When cTrader asks with it for a one-time token for a userId that nobody has
    Then the broker does not refuse it for the crmApiToken
