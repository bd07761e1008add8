@flow-2
Feature: Flow 2 - an existing partner
  User 1 is a partner of the broker already, but has no cTID. User 1 creates one from the cTrader application. The
  broker recognises the partner and gives a new partner identifier to User 1 and to cTrader. From then on every link
  that User 1 shares carries it. User 2 opens such a link, signs up, and is attributed to User 1.

  The flow is played once per level. Each scenario judges its own stage from the evidence: the journal of the mock,
  the application and the broker. When a stage fails, the later ones are blocked, not failed.

  @stage-01
  Scenario Outline: Stage 1 - User 1 asks the application for a new cTID
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 1
    Then User 1 has no cTID before asking
    And User 1 has asked the application for a new cTID

    Examples:
      | level   |
      | user    |
      | account |

  @stage-02
  Scenario Outline: Stage 2 - The application opens the signup screen
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 2
    Then the configured login/signup screen opens
    And the screen is told that this is a first login
    And the screen gets no partnerId

    Examples:
      | level   |
      | user    |
      | account |

  @stage-03 @call-5.3
  Scenario Outline: Stage 3 - User 1 completes the user creation flow
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 3
    Then cTrader knows User 1
    And an account is linked to User 1
    And User 1 is signed in to the application

    Examples:
      | level   |
      | user    |
      | account |

  @stage-04
  Scenario Outline: Stage 4 - The broker recognises the partner and gives a new referral link
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 4
    Then User 1 holds a referral link with a partnerId
    And the partnerId differs from the earlier one
    And the partnerId belongs to no other partner

    Examples:
      | level   |
      | user    |
      | account |

  @stage-05 @call-3.6
  Scenario Outline: Stage 5 - The broker asks cTrader to set the new partnerId
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 5
    Then the call carries the brokerCrmName of the broker
    And the call carries the partnerId of the referral link
    And the call names the target of the <level> level only

    Examples:
      | level   |
      | user    |
      | account |

  @stage-06 @call-3.6
  Scenario Outline: Stage 6 - cTrader assigns the new partnerId and answers
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 6
    Then cTrader answers with the id of the <level> level
    And cTrader returns the partnerId when it is read

    Examples:
      | level   |
      | user    |
      | account |

  @stage-07
  Scenario Outline: Stage 7 - User 1 asks the application for a link
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 7
    Then User 1 has asked to share a Copy strategy

    Examples:
      | level   |
      | user    |
      | account |

  @stage-08
  Scenario Outline: Stage 8 - The application builds the link
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 8
    Then the link contains the partnerId of User 1
    And the link leads to the Copy strategy

    Examples:
      | level   |
      | user    |
      | account |

  @stage-09
  Scenario Outline: Stage 9 - The application shows the link
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 9
    Then User 1 sees the link that was built

    Examples:
      | level   |
      | user    |
      | account |

  @stage-10
  Scenario Outline: Stage 10 - User 1 passes the link to User 2
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 10
    Then User 2 holds the link that User 1 sees

    Examples:
      | level   |
      | user    |
      | account |

  @stage-11
  Scenario Outline: Stage 11 - User 2 opens the link
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 11
    Then the application receives the partnerId of User 1

    Examples:
      | level   |
      | user    |
      | account |

  @stage-12
  Scenario Outline: Stage 12 - The application opens the login/signup screen with the partnerId
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 12
    Then the configured login/signup screen opens
    And the screen gets the partnerId of the link unchanged
    And the screen is told that this is a first login

    Examples:
      | level   |
      | user    |
      | account |

  @stage-13
  Scenario Outline: Stage 13 - User 2 signs up with the partnerId
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 13
    Then the broker has taken the signup of User 2

    Examples:
      | level   |
      | user    |
      | account |

  @stage-14 @call-5.3
  Scenario Outline: Stage 14 - The broker creates User 2 in cTrader
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 14
    Then cTrader knows User 2
    And an account is linked to User 2
    And User 2 is signed in to the application

    Examples:
      | level   |
      | user    |
      | account |

  @stage-15
  Scenario Outline: Stage 15 - The broker attributes User 2 to User 1
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 15
    Then User 2 is attributed to User 1

    Examples:
      | level   |
      | user    |
      | account |

  @stage-16
  Scenario Outline: Stage 16 - User 1 opens the referral list
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 16
    Then User 1 is logged in to the client area
    And the referral list does not open without a log-in

    Examples:
      | level   |
      | user    |
      | account |

  @stage-17
  Scenario Outline: Stage 17 - The client area fetches the referrals
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 17
    Then the client area has fetched the referrals of User 1

    Examples:
      | level   |
      | user    |
      | account |

  @stage-18
  Scenario Outline: Stage 18 - User 1 sees User 2 in the referral list
    Given an existing partner at <level> level without a cTID
    When the flow reaches stage 18
    Then the list shows User 2 exactly once
    And the list shows User 2 under the partnerId of the link
    And the list shows nobody whom another partner invited

    Examples:
      | level   |
      | user    |
      | account |
