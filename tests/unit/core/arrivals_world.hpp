// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {

using port::MessageReceived;
using xmpp::Condition;
using xmpp::Stanza;
using xmpp::StanzaType;
namespace ns = xmpp::ns;

/// A world in which alice has a number and the link is up.
struct ArrivalsTest : ::testing::Test {
    CoreWorld world;
    std::optional<port::Accepted> accepted;

    ArrivalsTest() {
        world.add_account(alice, "+15550001111");
        world.link_up();
        world.settle();
        world.take();
    }
    void arrive(std::string text, std::string ref = "SM1", std::string own = "+15550001111") {
        MessageReceived message(
            port::Address("+15551234567"),
            std::move(own),
            {"primary", std::move(ref)},
            std::move(text)
        );
        arrive(std::move(message));
    }
    void arrive(MessageReceived message) {
        accepted.reset();
        world.core->arrivals()
            .accept(world.domain, std::move(message), [this](Result<port::Accepted> result) {
                if (result) accepted = *result;
            });
        world.settle();
    }
    std::size_t waiting() {
        auto counts = world.read(store::Counts{});
        return counts.inbox_waiting[world.domain.name];
    }
    std::uint64_t counted(core::Ledger::Result result) {
        return world.core->ledger().value(world.domain.name, result, core::Ledger::Direction::in);
    }
    void expect_balance(std::uint64_t open) {
        EXPECT_EQ(world.core->ledger().open(world.domain.name, core::Ledger::Direction::in), open);
    }
    static Stanza bounced(const Stanza& shown, Condition condition) {
        auto back = Stanza::message(StanzaType::error, shown.to(), shown.from(), shown.id());
        back.element().add(xmpp::StanzaError(condition).to_element(ns::client));
        return back;
    }
    void bounce(const Stanza& shown, Condition condition) {
        world.receive(bounced(shown, condition));
        world.settle();
    }
};

}  // namespace sallyport::test
