@functional
Feature: The broker in use - signing up, logging in, money, accounts
  The vendor's functional cases, section 6.3. People act through the broker's own screens, the application and the
  client area; cTrader's side shows what the broker told it.

  @case-6.3.1
  Scenario: 6.3.1 A new user passes the user creation flow
    Given somebody without a cTID opens the application
    When the person signs up on the broker's screen and stays logged in
    Then the broker has created the user, a trading account and the link between them in cTrader
    And the person is signed in to the application as this user

  @case-6.3.1
  Scenario: 6.3.1 The application signs the user in again with the stored token
    Given a user who has signed up to stay logged in
    When the application is closed and opened again
    Then the user is signed in by the accessToken

  @case-6.3.2
  Scenario: 6.3.2 A user logs in with e-mail and password
    Given a user who has signed up to stay logged in
    When the user logs in on the login screen of another device
    Then the person is signed in to the application as this user

  @case-6.3.2
  Scenario: 6.3.2 A wrong password does not let anybody in
    Given a user who has signed up to stay logged in
    When somebody tries a wrong password on the login screen
    Then nobody is sent to the success URL

  @case-6.3.3
  Scenario: 6.3.3 A new trader is attributed by the partnerId and listed with the details of the signup
    Given a user who is a partner of the broker
    When another person signs up on the screen that carries the identifier of the partner
    Then the partner's list shows the new trader with the details of the signup

  @case-6.3.4
  Scenario: 6.3.4 A deposit from the application
    Given a user who has signed up to stay logged in
    When the user deposits 250.50 from the application
    Then the broker has booked 250.50 to the account of the user

  @case-6.3.5
  Scenario: 6.3.5 A withdrawal from the application
    Given a user who has signed up to stay logged in
    And the user has deposited 250.50 from the application
    When the user withdraws 100.25 from the application
    Then the broker has booked -100.25 to the account of the user

  @case-6.3.4
  Scenario: 6.3.4 The deposit screen does not work with a made-up one-time token
    Given a user who has signed up to stay logged in
    When somebody opens the deposit screen for the user's account with a made-up one-time token
    Then nothing is booked to the account of the user

  @case-6.3.6
  Scenario: 6.3.6 A further trading account
    Given a user who has signed up to stay logged in
    When the user opens a further trading account from the application
    Then the broker has created and linked a second account in cTrader

  @case-6.3.7
  Scenario Outline: 6.3.7 The <from> form leads to the <to> form
    Given the screen with the <from> form is open and carries a partnerId
    When the way to the <to> form is followed
    Then the <to> form is shown
    And the partnerId is still carried

    Examples:
      | from   | to     |
      | signup | login  |
      | login  | signup |

  @case-6.3.8
  Scenario: 6.3.8 cTrader Web opens from the client area with the user logged in
    Given a user who has signed up to stay logged in
    When the user opens cTrader Web in the client area
    Then the person is signed in to the application as this user

  @case-6.3.9
  Scenario: 6.3.9 A forgotten password is reset
    Given a user who has signed up to stay logged in
    When the user resets the password
    Then the new password lets the user in
    And the old password does not
