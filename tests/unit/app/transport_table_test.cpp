// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/transport_table.hpp"

#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

template <std::size_t... I>
std::vector<config::TransportConfig> one_of_each(std::index_sequence<I...>) {
    std::vector<config::TransportConfig> all(sizeof...(I));
    (all[I].settings.emplace<I>(), ...);
    return all;
}

TEST(TransportTable, has_the_right_row_for_every_kind_of_section) {
    constexpr auto kinds = std::variant_size_v<decltype(config::TransportConfig::settings)>;
    const auto sections = one_of_each(std::make_index_sequence<kinds>());
    std::set<std::string_view> names;
    for (const auto& section : sections) {
        const TransportRow& row = transport_row(section);
        EXPECT_EQ(row.settings, section.settings.index());
        EXPECT_TRUE(row.make && row.reload && row.setup);
        names.insert(row.name);
    }
    EXPECT_EQ(names.size(), kinds);
}

TEST(TransportTable, has_nothing_to_paste_without_providers) {
    config::TransportConfig section;
    section.settings = config::EchoConfig{};
    EXPECT_TRUE(setup_lines(config::Config{}, section).empty());
    section.settings = config::SmsConfig{};
    EXPECT_TRUE(setup_lines(config::Config{}, section).empty());
}

}  // namespace
}  // namespace sallyport::app
