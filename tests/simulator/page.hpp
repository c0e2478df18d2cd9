// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/carrier.hpp"

namespace simulator {

/// The phone in a browser: one page, its news as server-sent events, and what it asks for
/// (README.md, "The page"). `world` and `carrier` outlive the loop.
class Page {
  public:
    Page(World& world, Carrier& carrier) : world_(world), carrier_(carrier) {}

    [[nodiscard]] static bool owns_path(const std::string& path);
    /// Refuses what another site's page, or a name that was made to point here, asks for.
    [[nodiscard]] Answer handle(const Incoming& request);

  private:
    [[nodiscard]] Answer post(const Incoming& request);
    [[nodiscard]] static Answer show();
    [[nodiscard]] Answer stream();
    [[nodiscard]] json::object send(const json::object& body);
    [[nodiscard]] json::object next(const json::object& body);
    [[nodiscard]] json::object forget(const json::object& body);

    World& world_;
    Carrier& carrier_;
};

/// Is this a request of our own page, or of no page at all? A browser says `Origin` when another
/// site's page asks; and any name, but no address, can be made to point here.
[[nodiscard]] bool is_own(const Incoming& request);

}  // namespace simulator
