Feature: Faults on demand
  A broker has to live with a cTrader that fails now and then. The mock fails when it is told to, at the call it is
  told, and the journal says so.

  Background:
    Given the user Ines

  Scenario: cTrader is out of order before it sets the partnerId
    Given the next call 3.6 fails before it is handled
    When the broker makes call 3.6
    Then Ines has no partnerId
    And the journal tells of a planted fault that was not applied

  Scenario: cTrader sets the partnerId and its answer is lost
    Given the next call 3.6 fails after it is handled
    When the broker makes call 3.6
    Then Ines has a partnerId
    And the journal tells of a planted fault that was applied
