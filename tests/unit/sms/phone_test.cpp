// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/phone.hpp"

#include <gtest/gtest.h>

#include "transports/sms/number_book.hpp"
#include "transports/sms/phone_alias.hpp"

namespace sallyport::sms {
namespace {

struct Good {
    std::string_view typed;
    std::string_view region;
    std::string_view canonical;
    PeerKind kind = PeerKind::number;
};

TEST(Phone, understands_what_people_and_clients_write) {
    const std::vector<Good> rows{
        {"+15551234567", "ZZ", "+15551234567"},
        {"+1 555 123-4567", "ZZ", "+15551234567"},
        {"(555) 123-4567", "US", "+15551234567"},
        {"15551234567", "US", "+15551234567"},
        {"07400 123456", "GB", "+447400123456"},
        {"0044 7400 123456", "GB", "+447400123456"},
        {"011 44 7400 123456", "US", "+447400123456"},
        {"+39 06 1234 5678", "ZZ", "+390612345678"},
        {"tel:+1-555-123-4567", "ZZ", "+15551234567"},
        {"tel:123-4567;phone-context=+1-555", "ZZ", "+15551234567"},
        {"sms:+15551234567?body=hello", "ZZ", "+15551234567"},
        {"SMS:%2B15551234567", "ZZ", "+15551234567"},
        {"12345", "US", "12345", PeerKind::short_code},
        {"911", "US", "911", PeerKind::short_code},
        {"12345;phone-context=ca-us.phone-context.soprani.ca", "US", "12345", PeerKind::short_code},
        {"Acme Bank", "US", "Acme Bank", PeerKind::sender},
        {"356979712366780"
         "77;phone-context=alphanumeric.phone-context.soprani.ca",
         "US",
         "Acme Bank",
         PeerKind::sender},
        {"131816182;phone-context=anonymous.phone-context.soprani.ca",
         "US",
         "anonymous",
         PeerKind::sender},
        // A range that the metadata does not know is still possible.
        {"+12001234567", "ZZ", "+12001234567"},
    };
    for (const auto& row : rows) {
        const auto peer = parse_peer(row.typed, row.region);
        ASSERT_TRUE(peer) << row.typed << ": " << peer.error().text;
        EXPECT_EQ(peer->text, row.canonical) << row.typed;
        EXPECT_EQ(peer->kind, row.kind) << row.typed;
    }
}

struct Bad {
    std::string_view typed;
    std::string_view region;
    std::string_view says;
    port::Reason reason = port::Reason::invalid_number;
};

TEST(Phone, says_why_something_is_no_number) {
    const std::vector<Bad> rows{
        {"5551234567", "ZZ", "country code"},
        {"5551234", "US", "area code"},
        {"+1555", "ZZ", "short"},
        {"+155512345678901234", "ZZ", "too long"},
        {"+999123456789", "ZZ", "country code"},
        {"", "US", "not a phone number"},
        {"-()", "US", "not a phone number"},
        {"a very long name indeed", "US", "not a phone number"},
        {"alice@example.org", "US", "not a phone number"},
        {"+15551234567,+15557654321", "US", "one number at a time", port::Reason::not_supported},
    };
    for (const auto& row : rows) {
        const auto peer = parse_peer(row.typed, row.region);
        ASSERT_FALSE(peer) << row.typed << " -> " << peer->text;
        EXPECT_EQ(peer.error().reason, row.reason) << row.typed;
        EXPECT_NE(peer.error().text.find(row.says), std::string::npos) << peer.error().text;
    }
}

TEST(Phone, reads_providers_spellings_and_never_fails) {
    const std::vector<Good> rows{
        {"+15551234567", "ZZ", "+15551234567"},
        {"15551234567", "US", "+15551234567"},
        {"447400123456", "US", "+447400123456"},
        // Ten digits may be a number of this region or a whole one without "+": providers mean the
        // latter.
        {"4512345678", "US", "+4512345678"},
        {"020 7946 0018", "GB", "+442079460018"},
        {"12345", "US", "12345", PeerKind::short_code},
        {"1234567", "ZZ", "1234567", PeerKind::short_code},
        {"Acme Bank", "US", "Acme Bank", PeerKind::sender},
        {"", "US", "anonymous", PeerKind::sender},
        {"some sender with a long name", "US", "some sender with a long name", PeerKind::sender},
    };
    for (const auto& row : rows) {
        const auto peer = read_provider_peer(row.typed, row.region);
        EXPECT_EQ(peer.text, row.canonical) << row.typed;
        EXPECT_EQ(peer.kind, row.kind) << row.typed;
    }
}

TEST(Phone, canonical_spellings_are_fixed_points) {
    for (const std::string_view text : {"+15551234567", "12345", "Acme Bank", "+390612345678"}) {
        const auto peer = parse_peer(text, "US");
        ASSERT_TRUE(peer);
        EXPECT_EQ(peer->text, text);
        EXPECT_EQ(kind_of(text), peer->kind);
    }
}

TEST(Phone, unknown_ranges_count_as_the_main_region_of_their_code) {
    EXPECT_EQ(region_of("+447400123456"), "GB");
    EXPECT_EQ(region_of("+15551234567"), "US");
    EXPECT_EQ(region_of("+14165550123"), "CA");
    EXPECT_EQ(region_of("nonsense"), "ZZ");
}

TEST(Phone, emergency_numbers_are_known_by_region) {
    EXPECT_TRUE(is_emergency("911", "US"));
    EXPECT_TRUE(is_emergency("112", "ZZ"));
    EXPECT_TRUE(is_emergency("999", "GB"));
    EXPECT_FALSE(is_emergency("999", "US"));
    EXPECT_FALSE(is_emergency("12345", "US"));
    EXPECT_FALSE(is_emergency("+15551234567", "US"));
}

TEST(Phone, a_sender_in_cheograms_spelling_is_read_back) {
    EXPECT_EQ(decode_cheogram_sender("35"), "A");
    EXPECT_EQ(decode_cheogram_sender("351"), std::nullopt);
    EXPECT_EQ(decode_cheogram_sender("x"), std::nullopt);
    EXPECT_EQ(decode_cheogram_sender(std::string(40, '3')), std::nullopt);
}

TEST(NumberBook, answers_as_the_library_does_and_stays_small) {
    NumberBook book(4);
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 20; ++i) {
            const std::string number = "+155512345" + std::to_string(10 + i);
            ASSERT_TRUE(book.parse(number, "US"));
            EXPECT_EQ(book.parse(number, "US")->text, number);
            EXPECT_EQ(book.region(number), "US");
            EXPECT_LE(book.size(), 8U);
        }
    }
    EXPECT_FALSE(book.parse("+1555", "US"));
    EXPECT_FALSE(book.parse("+1555", "US"));
    EXPECT_EQ(book.parse("(555) 123-4567", "US")->text, "+15551234567");
}

}  // namespace
}  // namespace sallyport::sms
