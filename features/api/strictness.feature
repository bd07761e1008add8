Feature: How strict cTrader is
  Real clients send more, less and other than the documents promise, and cTrader takes it. The mock takes it too, notes
  it in the journal, and refuses it where a broker asks for a strict cTrader. Where the documents are silent or
  disagree, a switch decides.

  Background:
    Given the user Ines
    And a trading account

  Rule: A leniency is noted, and refused by a strict cTrader

    Scenario Outline: A value in another form
      When the broker makes call <call> with <value> as <key>
      Then cTrader accepts the call
      And the journal notes the leniency <leniency> of <key>
      Given cTrader is strict
      When the broker makes call <call> with <value> as <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | call | value     | key               | leniency          |
        | 3.2  | "PT"      | preferredLanguage | language-case     |
        | 3.2  | "ines.fx" | nickname          | key-spelling      |
        | 3.2  | nothing   | firstName         | null              |
        | 3.2  | true      | kycNotPassed      | unknown-key       |
        | 3.3  | "0"       | balance           | number-as-string  |
        | 3.3  | "true"    | swapFree          | boolean-as-string |
        | 3.5  | "10.00"   | preciseAmount     | number-as-string  |
        | 3.5  | 1000      | amount            | legacy-key        |

    Scenario Outline: A key left out
      When the broker makes call 3.3 without <key>
      Then cTrader accepts the call
      And the journal notes the leniency missing-key of <key>
      Given cTrader is strict
      When the broker makes call 3.3 without <key>
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names <key>

      Examples:
        | key                        |
        | brokerName                 |
        | totalMarginCalculationType |

  Rule: The hourly number of changing requests can be limited

    Scenario: One request too many
      Given cTrader allows 2 changing requests per hour
      When the broker makes call 3.2
      Then cTrader accepts the call
      When the broker makes call 3.13
      Then cTrader accepts the call
      When the broker makes call 3.2
      Then cTrader refuses the call with REQUEST_FREQUENCY_EXCEEDED

    Scenario: Reading is never limited
      Given cTrader allows 1 changing requests per hour
      When the broker makes call 3.2
      And the broker makes call 3.11
      Then cTrader accepts the call
      When the broker makes call 3.11 a second time
      Then cTrader accepts the call

  Rule: Switches decide where the documents do not

    Scenario: Setting a partnerId answers nothing
      Given the switch setAnswersEmpty is on
      When the broker sets the partnerId "IB-1" for Ines
      Then cTrader accepts the call
      And the answer is empty
      And the partnerId of Ines is "IB-1"

    Scenario: Reading a partnerId answers a list
      Given the switch readAnswersList is on
      When the broker reads the partnerId of Ines
      Then cTrader accepts the call
      And the answer is an empty list

    Scenario: A partnerId belongs to one user
      Given the user Rui
      And Rui has the partnerId "IB-SHARED"
      And the switch uniquePartnerId is on
      When the broker sets the partnerId "IB-SHARED" for Ines
      Then cTrader refuses the call with INVALID_REQUEST
      And the description names partnerId
      And Ines has no partnerId
