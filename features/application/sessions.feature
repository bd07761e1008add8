Feature: Sessions of the cTrader application
  How a user of the broker gets into the cTrader application, stays there, acts there, and leaves. The application
  and the broker are the real ones of this project; the numbers are those of the vendor's calls.

  Background:
    Given a user of the broker who chose to stay logged in

  @flow-5.4
  Scenario: Log-in with a password
    Given the application is used on another device
    When the user logs in on the broker's screen
    Then the user is signed in to the application
    And call 4.2 was made for the user

  @flow-5.5
  Scenario: Automatic re-login
    Given the application was closed
    When the application is launched
    Then the user is signed in to the application
    And call 4.3 was made for the user

  @flow-5.5
  Scenario: A token that the broker revoked does not let anybody in
    Given the application was closed
    And the user changed the password in the client area
    When the application is launched
    Then the broker's login screen opens
    And nobody is signed in to the application

  @flow-5.6
  Scenario: cTrader Web opened from the client area
    When the user opens cTrader Web in the client area
    Then the user is signed in to the application
    And the account of the client area is active

  @flow-5.7
  Scenario: Deposit from the application
    When the user starts a deposit in the application
    And deposits 250.50 on the broker's screen
    Then calls 4.4 and 3.5 were made for the user
    And the balance of the account has grown by 250.50

  @flow-5.7
  Scenario: Withdrawal from the application
    When the user starts a withdrawal in the application
    And withdraws 100 on the broker's screen
    Then calls 4.4 and 3.5 were made for the user
    And the balance of the account has shrunk by 100.00

  @flow-5.7
  Scenario: More than there is cannot be withdrawn
    When the user starts a withdrawal in the application
    And tries to withdraw 999999 on the broker's screen
    Then the screen tells that there is not enough money
    And the balance of the account is unchanged

  @call-4.5
  Scenario: Log-out from the application
    When the user logs out of the application
    Then call 4.5 was made for the user
    And the next launch opens the broker's login screen

  @call-3.12
  Scenario: Log-out from the client area
    When the user logs out of the client area
    Then call 3.12 was made for the user
    And nobody is signed in to the application

  @call-3.10
  Scenario: A new e-mail address reaches cTrader
    When the user changes the e-mail address in the client area
    Then the application shows the new e-mail address
