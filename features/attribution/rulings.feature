@rulings
Feature: Attribution where the vendor's text is silent
  The vendor says that User 2 is attributed when the user creation flow is completed, and leaves the rest to the
  broker. These scenarios hold the reference broker to our rulings E-7 and E-12 to E-16. They are recommendations:
  another broker may decide otherwise.

  Background:
    Given a partner at user level with a link from the application

  @E-12
  Scenario: The attribution waits until the user creation flow is complete
    When User 2 signs up from the link but does not return to the application
    Then the referral list does not show User 2
    But the attribution of User 2 is pending

  @E-12
  Scenario: An abandoned signup is attributed at the first later success
    Given User 2 signed up from the link but did not return to the application
    When User 2 logs in from the application later
    Then the referral list shows User 2 once

  @E-13
  Scenario: An existing user who opens a link is not attributed
    Given User 2 has an account already
    When User 2 opens the link and logs in
    Then the referral list does not show User 2

  @E-13
  Scenario: The first attribution wins
    Given User 2 signed up from the link
    And another partner at user level with a link from the application
    When User 2 opens the link of the other partner and logs in
    Then the referral list shows User 2 once
    And the other partner's referral list does not show User 2

  @E-14
  Scenario: An unknown partnerId does not block a signup
    When User 2 signs up from a link with a partnerId that nobody has
    Then User 2 is signed in to the application
    And the attribution of User 2 is none

  @E-15
  Scenario: A partner cannot be their own referral
    When User 1 opens the own link and logs in
    Then the referral list is empty

  @E-7
  Scenario: A link made before the partnerId changed still counts
    Given the broker sets another partnerId for User 1 in cTrader
    When User 2 signs up from the link
    Then the referral list shows User 2 once

  @E-16
  Scenario: A partner at account level sees referrals with level and partnerId
    Given another partner at account level with a link from the application
    When User 2 signs up from the link of the other partner
    Then the other partner's referral list shows User 2 at account level

  @flow-1
  Scenario: A new partner without a cTID passes the user creation flow first
    Given a client of the website without a cTID
    When the client registers as a partner and opens an account first
    Then the partner record waits for the user creation flow
    When the client returns to the application
    Then call 3.6 arrives after the user creation flow is complete
