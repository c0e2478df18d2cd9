// SPDX-License-Identifier: Apache-2.0
#include "tests/simulator/failures.hpp"

#include <algorithm>

namespace simulator {
namespace {

int number_or(const std::string& text, int otherwise) {
    try {
        return std::stoi(text);
    } catch (const std::exception&) {
        return otherwise;
    }
}

}  // namespace

const std::vector<Failure>& failures() {
    using Text = const std::string&;
    static const std::vector<Failure> table{
        {"fail",
         "It never reaches the phone",
         "error code",
         "",
         [](Behaviour& rule, Text code) {
             rule.report = "undelivered";
             rule.report_code = code;
         }},
        {"slow",
         "The provider answers late",
         "seconds",
         "3",
         [](Behaviour& rule, Text seconds) {
             rule.delay = std::chrono::seconds(number_or(seconds, 3));
         }},
        {"twice",
         "Every report comes twice",
         "",
         "",
         [](Behaviour& rule, Text) { rule.report_times = 2; }},
        {"429",
         "Refused: too many, try later",
         "seconds",
         "1",
         [](Behaviour& rule, Text seconds) {
             rule.status = 429;
             rule.retry_after = number_or(seconds, 1);
         }},
        {"500",
         "Refused: a server error",
         "",
         "",
         [](Behaviour& rule, Text) { rule.status = 500; }},
        {"drop",
         "Taken, but never answered",
         "",
         "",
         [](Behaviour& rule, Text) { rule.hang = true; }},
        {"silent",
         "It arrives, and no report ever",
         "",
         "",
         [](Behaviour& rule, Text) { rule.report = "none"; }},
        {"early",
         "The reports overtake the answer",
         "",
         "",
         [](Behaviour& rule, Text) { rule.report_early = true; }},
        {"disorder",
         "The reports come in disorder",
         "",
         "",
         [](Behaviour& rule, Text) { rule.report_reversed = true; }},
    };
    return table;
}

std::optional<Behaviour> make_failure(std::string_view name, const std::string& value) {
    auto at = std::ranges::find(failures(), name, &Failure::name);
    if (at == failures().end()) return std::nullopt;
    std::string used = value.empty() ? std::string(at->usual) : value;
    if (at->unit.empty()) used.clear();
    Behaviour rule;
    at->apply(rule, used);
    rule.label = std::string(at->label);
    if (!used.empty()) rule.label += " (" + std::string(at->unit) + " " + used + ")";
    return rule;
}

const std::vector<Reason>& reasons() {
    static const std::vector<Reason> table{
        {"twilio", "30003", "the handset cannot be reached"},
        {"twilio", "30004", "the recipient blocks texts"},
        {"twilio", "30005", "no such handset"},
        {"twilio", "30006", "a landline, or no way to that carrier"},
        {"twilio", "30007", "filtered by the carrier"},
        {"twilio", "30008", "the carrier gave no reason"},
        {"telnyx", "40001", "the number cannot take texts"},
        {"telnyx", "40002", "blocked as spam"},
        {"telnyx", "40008", "the carrier could not deliver it"},
        {"telnyx", "40300", "the recipient blocks texts"},
        {"kannel", "NACK/0x0000000b", "no such address"},
    };
    return table;
}

std::string_view reason_of(std::string_view provider, std::string_view code) {
    auto at = std::ranges::find_if(reasons(), [&](const Reason& reason) {
        return reason.provider == provider && reason.code == code;
    });
    return at == reasons().end() ? std::string_view() : at->words;
}

}  // namespace simulator
