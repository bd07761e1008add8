@invite
Feature: cTrader Invite
  The newer product: cTrader attributes by username and tells the broker by webhook. It is independent of the
  partnerId of call 3.6.

  Background:
    Given User 1 is a user of the broker with an invite link

  Scenario: An invited trader is attributed and the broker is told
    When User 2 signs up from the invite link
    Then the broker answers the attribution webhook with ATTRIBUTED_NEW
    And the referral list of User 1 shows User 2

  Scenario: The second invited trader of a partner keeps the partner's identifier
    Given User 2 signed up from the invite link
    When User 3 signs up from the invite link
    Then the broker answers the attribution webhook with ATTRIBUTED
    And both deliveries name the same partner identifier

  Scenario: The same webhook twice attributes once
    Given User 2 signed up from the invite link
    When the attribution webhook is delivered once more
    Then the broker answers the attribution webhook with ATTRIBUTED
    And the referral list of User 1 shows User 2 once

  Scenario: The broker hears of every new user
    When User 2 signs up without a link
    Then the broker takes the new-user webhook of User 2

  Scenario: Nobody invites themselves
    When User 1 opens the own invite link on another device and logs in
    Then no attribution webhook is sent

  Scenario: Webhooks can be held back and sent later
    Given the webhooks are held back
    When User 2 signs up from the invite link
    Then the attribution webhook waits
    When the webhooks are let go
    Then the broker answers the attribution webhook with ATTRIBUTED_NEW

  Scenario: The broker reads the history
    Given User 2 signed up from the invite link
    Then the list of invited traders shows that User 1 invited User 2
    And the list of registered users shows User 1 and User 2
