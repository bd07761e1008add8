Feature: Screens - what the application opens
  The application opens the broker's screens in a browser. The vendor looks at them in Chrome, Firefox, Safari and
  Edge; here a real Chromium looks, and stands for Chrome and Edge only. Firefox and Safari remain to be tried by
  hand.

  The login/signup screen is always looked at, with both of its faces. Further screens are looked at when broker.toml
  names them. What the vendor marks as optional (6.2.3 to 6.2.6) is a warning when it is not there.

  @case-6.2.1
  Scenario Outline: The screen opens in Chromium
    When the <face> face is opened in Chromium
    Then the screen shows a form

    Examples:
      | face   |
      | signup |
      | login  |

  @case-6.2.2
  Scenario Outline: The screen fits the window
    When the <face> face is opened on a <device>
    Then the screen fits the window

    Examples:
      | face   | device            |
      | signup | small phone       |
      | signup | phone on its side |
      | signup | tablet            |
      | signup | laptop            |
      | signup | large monitor     |
      | login  | small phone       |
      | login  | phone on its side |
      | login  | tablet            |
      | login  | laptop            |
      | login  | large monitor     |

  @case-6.2.3
  Scenario: The screen speaks English
    When the signup face is opened in English
    Then the screen speaks the language that was asked for

  @case-6.2.3
  Scenario: The screen speaks another language
    When the signup face is opened in another language of the broker
    Then the screen speaks the language that was asked for
    And the screen does not read as it does in English

  @case-6.2.3
  Scenario: The screen falls back to the broker's default language
    When the signup face is opened in a language that the broker does not have
    Then the screen reads as it does when no language is asked for
    And the address keeps the language that was asked for

  @case-6.2.4
  Scenario: The light theme
    When the signup face is opened with the light theme on a system that prefers dark
    Then the screen is light

  @case-6.2.4
  Scenario: The dark theme
    When the signup face is opened with the dark theme on a system that prefers light
    Then the screen is dark

  @case-6.2.5
  Scenario: A first login shows the signup
    When the screen is opened for a first login
    Then the screen asks for what only a new user is asked

  @case-6.2.5
  Scenario: A later login shows the login
    When the screen is opened for a later login
    Then the screen asks for nothing that only a new user is asked

  @case-6.2.6
  Scenario: English with the dark theme
    When the signup face is opened in English with the dark theme
    Then the screen speaks the language and shows the theme that were asked for

  @case-6.2.6
  Scenario: Another language with the light theme
    When the signup face is opened in another language of the broker with the light theme
    Then the screen speaks the language and shows the theme that were asked for

  @case-6.2.7
  Scenario: The login face can reset the password
    When the reset of the password is looked for on the login face
    Then the control is there and leads to something

  @loading
  Scenario Outline: The screen loads within three seconds
    When the <face> face is opened in Chromium
    Then the screen is loaded within three seconds

    Examples:
      | face   |
      | signup |
      | login  |

  @wording
  Scenario Outline: The screen speaks of no other platform
    When the <face> face is opened in Chromium
    Then the screen mentions neither cTrader ID nor another platform

    Examples:
      | face   |
      | signup |
      | login  |

  @pop-ups
  Scenario Outline: Nothing pops up
    When the <face> face is opened, used for a while and left
    Then nothing has popped up

    Examples:
      | face   |
      | signup |
      | login  |

  @case-6.2.1 @case-6.2.2 @further-screens
  Scenario: The broker's further screens
    When the further screens of broker.toml are opened at every size
    Then each of them opens, fits, loads in time, and is free of pop-ups and of other platforms
