// SPDX-License-Identifier: Apache-2.0
#include "gateway/port/failure.hpp"

#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "config/vocabulary.hpp"
#include "gateway/port/transport.hpp"

namespace sallyport::port {
namespace {

constexpr int reasons = static_cast<int>(Reason::unknown_outcome) + 1;

TEST(Failure, every_reason_has_its_own_word_and_sentence) {
    std::set<std::string_view> words;
    std::set<std::string_view> sentences;
    for (int i = 0; i < reasons; ++i) {
        const auto reason = static_cast<Reason>(i);
        EXPECT_EQ(parse_reason(to_string(reason)), reason);
        words.insert(to_string(reason));
        sentences.insert(sentence(reason));
        EXPECT_FALSE(sentence(reason).ends_with('.')) << to_string(reason);
    }
    EXPECT_EQ(words.size(), static_cast<std::size_t>(reasons));
    EXPECT_EQ(sentences.size(), static_cast<std::size_t>(reasons));
}

TEST(Failure, every_reason_of_provider_descriptions_is_known) {
    for (const std::string_view word : config::vocabulary::reasons)
        EXPECT_TRUE(parse_reason(word)) << word;
    EXPECT_FALSE(parse_reason("no_such_reason"));
    EXPECT_FALSE(parse_reason(""));
}

TEST(Failure, classes_decide_what_happens_next) {
    EXPECT_EQ(failure_class(Reason::invalid_number), FailureClass::permanent);
    EXPECT_EQ(failure_class(Reason::no_route), FailureClass::permanent);
    EXPECT_EQ(failure_class(Reason::throttled), FailureClass::retryable);
    EXPECT_EQ(failure_class(Reason::not_connected), FailureClass::retryable);
    EXPECT_EQ(failure_class(Reason::credentials), FailureClass::held);
    EXPECT_EQ(failure_class(Reason::suspended), FailureClass::held);
    EXPECT_EQ(Failure(Reason::unknown_outcome).failure_class(), FailureClass::ambiguous);
}

TEST(Failure, taking_a_failure_for_an_answer_is_a_bug_that_throws) {
    const Answer<int> answer = Failure(Reason::balance);
    EXPECT_THROW(static_cast<void>(answer.value()), std::logic_error);
}

}  // namespace
}  // namespace sallyport::port
