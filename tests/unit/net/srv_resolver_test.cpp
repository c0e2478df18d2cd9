// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/srv_resolver.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "tests/support/stub_dns.hpp"
#include "tests/unit/net/net_test.hpp"

namespace sallyport::test {
namespace {

using net::Target;
using Kind = DnsReply::Kind;
using Targets = std::vector<Target>;

constexpr auto starttls = "_xmpp-client._tcp.example.org";
constexpr auto direct = "_xmpps-client._tcp.example.org";
const Targets fallback{{"example.org", 5222, false}};

/// A name server with a zone, and one look-up in it. What is not in the zone does not exist.
struct World {
    std::map<std::string, DnsReply> zone;
    LiveLoop loop;
    StubDns dns{loop.io, [this](const std::string& name) {
                    const auto found = zone.find(name);
                    return found == zone.end() ? DnsReply(Kind::nxdomain) : found->second;
                }};
    net::SrvResolver resolver{
        loop.timers,
        {dns.address(), std::chrono::milliseconds(20), 2, [](std::uint32_t) { return 0U; }}};

    Result<Targets> look_up(const std::string& domain = "example.org") {
        std::optional<Result<Targets>> got;
        resolver.look_up(domain, [&](Result<Targets> targets) { got = std::move(targets); });
        EXPECT_FALSE(got) << "never from within the call";
        if (!loop.until([&] { return got.has_value(); })) return make_error(net::Fault::timeout);
        return *got;
    }
    bool was_asked(const std::string& question) const {
        const auto& asked = dns.questions();
        return std::find(asked.begin(), asked.end(), question) != asked.end();
    }
};

TEST(SrvResolver, asks_for_both_services_and_mixes_them_by_priority) {
    World world;
    world.zone = {
        {starttls,
         {Kind::records, {{20, 0, 5222, "b.example.net"}, {5, 0, 5222, "a.example.net"}}}},
        {direct, {Kind::records, {{10, 0, 443, "tls.example.net"}}}}};
    const Targets expected{
        {"a.example.net", 5222, false},
        {"tls.example.net", 443, true},
        {"b.example.net", 5222, false}};
    EXPECT_EQ(world.look_up().value(), expected);
    EXPECT_TRUE(world.was_asked(std::string("udp ") + starttls));
    EXPECT_TRUE(world.was_asked(std::string("udp ") + direct));
}

TEST(SrvResolver, spreads_within_one_priority_by_weight) {
    World world;
    world.zone = {
        {starttls, {Kind::records, {{1, 25, 1, "a.example.net"}, {1, 75, 2, "b.example.net"}}}}};
    std::uint32_t point = 0;
    std::vector<std::uint32_t> bounds;
    net::SrvResolver resolver(
        world.loop.timers,
        {world.dns.address(),
         std::chrono::seconds(3),
         1,
         [&](std::uint32_t bound) {
             bounds.push_back(bound);
             return std::min(point, bound - 1);
         }}
    );
    const auto first = [&](std::uint32_t drawn) {
        point = drawn;
        std::string host;
        resolver.look_up("example.org", [&](Result<Targets> t) { host = t.value()[0].host; });
        world.loop.until([&] { return !host.empty(); });
        return host;
    };
    EXPECT_EQ(first(25), "a.example.net");
    EXPECT_EQ(first(26), "b.example.net");
    EXPECT_EQ(bounds[0], 101U) << "the sum of the weights, and zero";
}

TEST(SrvResolver, takes_the_domain_itself_when_it_has_no_records) {
    World world;
    EXPECT_EQ(world.look_up().value(), fallback) << "NXDOMAIN";
    world.zone = {{starttls, {Kind::records}}, {direct, {Kind::records}}};
    EXPECT_EQ(world.look_up().value(), fallback) << "NODATA";
}

TEST(SrvResolver, stops_where_the_domain_says_that_it_has_no_service) {
    World world;
    world.zone = {{starttls, {Kind::records, {{0, 0, 0, "."}}}}};
    EXPECT_TRUE(world.look_up().value().empty());
    world.zone = {{direct, {Kind::records, {{0, 0, 0, "."}}}}};
    EXPECT_EQ(world.look_up().value(), fallback) << "no direct TLS says nothing of STARTTLS";
}

TEST(SrvResolver, asks_again_over_tcp_when_an_answer_was_cut_off) {
    World world;
    world.zone = {{starttls, {Kind::truncated, {{1, 0, 5222, "a.example.net"}}}}};
    const Targets expected{{"a.example.net", 5222, false}};
    EXPECT_EQ(world.look_up().value(), expected);
    EXPECT_TRUE(world.was_asked(std::string("tcp ") + starttls));
}

// RFC 6120 §3.2.1, 9: no response to the query is answered by the fall-back.
TEST(SrvResolver, takes_the_domain_itself_when_nobody_answers) {
    for (const Kind kind : {Kind::silence, Kind::servfail, Kind::foreign}) {
        World world;
        world.zone = {{starttls, kind}, {direct, kind}};
        EXPECT_EQ(world.look_up().value(), fallback);
        EXPECT_GE(
            std::count(
                world.dns.questions().begin(),
                world.dns.questions().end(),
                std::string("udp ") + starttls
            ),
            2
        ) << "it asked once only";
    }
}

TEST(SrvResolver, goes_by_the_one_answer_that_came) {
    World world;
    world.zone = {
        {starttls, {Kind::records, {{1, 0, 5222, "a.example.net"}}}}, {direct, Kind::silence}};
    const Targets expected{{"a.example.net", 5222, false}};
    EXPECT_EQ(world.look_up().value(), expected);
}

TEST(SrvResolver, does_not_stop_for_good_on_half_an_answer) {
    World world;
    world.zone = {{starttls, {Kind::records, {{0, 0, 0, "."}}}}, {direct, Kind::servfail}};
    const auto targets = world.look_up();
    ASSERT_FALSE(targets.has_value());
    EXPECT_EQ(net::fault_word(targets.error()), "dns");
}

TEST(SrvResolver, overlooks_an_answer_that_makes_no_sense) {
    World world;
    world.zone = {{starttls, {Kind::garbage, {{1, 0, 5222, "a.example.net"}}}}};
    EXPECT_EQ(world.look_up().value(), fallback);
}

TEST(SrvResolver, bounds_how_many_records_it_takes) {
    World world;
    std::vector<net::SrvRecord> many(200, net::SrvRecord{1, 0, 5222, "a.example.net"});
    world.zone = {{starttls, {Kind::truncated, many}}};
    EXPECT_EQ(world.look_up().value().size(), 64U);
}

TEST(SrvResolver, asks_for_the_ascii_spelling_of_a_domain) {
    World world;
    const Targets expected{{"xn--strae-oqa.example", 5222, false}};
    EXPECT_EQ(world.look_up("straße.example").value(), expected);
    EXPECT_TRUE(world.was_asked("udp _xmpp-client._tcp.xn--strae-oqa.example"));
}

TEST(SrvResolver, asks_nobody_about_an_address) {
    World world;
    const Targets expected{{"192.0.2.1", 5222, false}};
    EXPECT_EQ(world.look_up("192.0.2.1").value(), expected);
    EXPECT_TRUE(world.dns.questions().empty());
}

TEST(SrvResolver, says_that_a_name_is_none) {
    World world;
    const auto targets = world.look_up(std::string(70, 'x') + ".example");
    // c-ares refuses the question itself: nobody answers, as above.
    ASSERT_TRUE(targets.has_value());
    EXPECT_TRUE(world.dns.questions().empty());
}

TEST(SrvResolver, may_be_destroyed_while_it_asks) {
    World world;
    world.zone = {{starttls, Kind::silence}, {direct, Kind::silence}};
    bool called = false;
    {
        net::SrvResolver resolver(
            world.loop.timers, {world.dns.address(), std::chrono::seconds(3), 1, {}}
        );
        resolver.look_up("example.org", [&](const Result<Targets>&) { called = true; });
        ASSERT_TRUE(world.loop.until([&] { return world.dns.questions().size() == 2; }));
    }
    EXPECT_EQ(world.loop.timers.size(), 0U) << "a deadline was left behind";
    EXPECT_EQ(world.look_up("192.0.2.1").value().size(), 1U) << "the loop lives on";
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace sallyport::test
