// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/unit/server/service_world.hpp"

namespace sallyport::test {

/// alice on two resources and bob on one, over a store that is slow or full when the test says so.
struct ChangesTest : testing::Test, ServiceWorld {
    ChangesTest() {
        one = log_in("alice", "one");
        two = log_in("alice", "two");
        bob = log_in("bob", "home");
        take();
    }
    void take() {
        for (FakeClient* client : {one.get(), two.get(), bob.get()}) client->take();
    }
    SpyStore& store() { return world.base.store; }
    const server::Roster& roster(std::string_view user) {
        return world.hub.accounts().find(jid(std::string(user) + "@example.org"))->roster;
    }
    /// Commits what is under way, and what follows from it.
    void commit() {
        while (!store().held.empty()) {
            store().let_go();
            world.settle();
        }
    }
    std::unique_ptr<FakeClient> one, two, bob;
};

}  // namespace sallyport::test
