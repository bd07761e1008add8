@robustness
Feature: When something goes wrong - outages, odd links, odd people
  Nothing a partner or an invited trader does may be lost or booked to the wrong partner, whether cTrader is out of
  order for a while, a link is opened twice, or somebody tampers with it. Where the vendor is silent, a broker is
  warned and does not fail.

  @call-3.6
  Scenario Outline: A partner registers while cTrader <trouble>
    Given a user who has signed up to stay logged in
    And cTrader <trouble> at the next calls 3.6
    When the user registers as a partner
    Then the partnerId of the referral link is set in cTrader in the end
    And no other partnerId was ever set for this partner

    Examples:
      | trouble                                  |
      | answers with an error                    |
      | drops the connection                     |
      | applies the call and answers an error    |
      | applies the call and hangs up            |
      | refuses for too many requests            |

  @duty-referral-unique
  Scenario: A link is opened twice before the signup
    Given a partner with a link
    When another person opens the link twice and signs up
    Then the person is in the partner's list exactly once

  @duty-screens-independent
  Scenario Outline: Two screens in one browser, the second one opened <other>
    Given a partner with a link
    And a person who signed up by the link
    And another partner with a link
    When another person opens the link, then a second screen <other>, and signs up on the first one
    Then the person is attributed to the partner of the first screen

    Examples:
      | other                       |
      | without a link              |
      | by the other partner's link |

  @duty-no-link-no-partner
  Scenario: A signup without a link follows one with a link
    Given a partner with a link
    And a person who signed up by the link
    When somebody else signs up without a link
    Then the newcomer is in no partner's list

  @duty-signup-resumed
  Scenario: A signup that is finished later
    Given a partner with a link
    When another person signs up by the link and leaves before the application is told
    And comes back later and logs in
    Then the person is in the partner's list exactly once

  @duty-unknown-not-attributed
  Scenario Outline: A signup with an identifier that is <kind>
    Given a partner with a link
    When another person signs up on the screen with an identifier that is <kind>
    Then the signup is not stopped
    And the person is attributed to nobody

    Examples:
      | kind           |
      | unknown        |
      | empty          |
      | very long      |
      | not ASCII      |
      | cut short      |
      | made of markup |

  @duty-identifier-exact
  Scenario: A signup with the partner's identifier in another case
    Given a partner with a link
    When another person signs up on the screen with an identifier that is in another case
    Then the signup is not stopped
    And the person is attributed to nobody

  Scenario: A partner opens the own link
    Given a partner with a link
    When the partner opens the own link and logs in
    Then the partner is not in the own list

  Scenario: A partner of the website signs up by the own link
    Given a partner of the website who has no cTID
    When the partner signs up on the screen with the own identifier
    Then the partner is not in the own list

  @duty-first-attribution-wins
  Scenario: An attributed client opens another partner's link
    Given a partner with a link
    And a person who signed up by the link
    And another partner with a link
    When the person opens the other partner's link and logs in
    Then the person is in the partner's list exactly once
    And the person is not in the other partner's list

  Scenario: A client without a partner opens a partner's link
    Given a user who has signed up to stay logged in
    And a partner with a link
    When the user opens the partner's link and logs in
    Then the user is not in the partner's list

  Scenario: Two partners at once
    Given two partners with a link each
    When two people each sign up by the links of both partners at the same time
    Then each of them is only in the list of the partner whose link was opened

  @duty-old-identifiers-resolve
  Scenario: The identifier is changed while an old link is still in use
    Given a partner with a link
    When the partner gets another identifier
    Then the new identifier is set in cTrader
    When another person signs up by the old link
    Then the person is in the partner's list exactly once

  @duty-list-complete
  Scenario: More referrals than one page holds
    Given a partner with a link
    And a person whom another partner invited
    When as many people sign up by the link as fill more than one page of the list
    Then every one of them is in the partner's list exactly once
    And nobody else is in the partner's list

  @duty-restart-keeps
  Scenario: A restart of the broker loses nothing
    Given a partner with a link
    And a person who signed up by the link
    When the broker is restarted
    Then the person is in the partner's list exactly once
