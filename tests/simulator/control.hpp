// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/carrier.hpp"

namespace simulator {

/// The JSON interface under /_sim/ (README.md, "Control").
class Control {
  public:
    Control(World& world, Carrier& carrier) : world_(world), carrier_(carrier) {}

    /// Answers 400 with `{"error": …}` for what cannot be read.
    boost::asio::awaitable<Answer> handle(const Incoming& request);

  private:
    using Reply = boost::asio::awaitable<Answer>;
    using Handler = Reply (Control::*)(const Incoming&, const json::object&);
    struct Row {
        std::string_view method;
        std::string_view path;
        Handler handler;
    };
    static const std::vector<Row>& table();

    Reply behave(const Incoming& request, const json::object& body);
    Reply inbound(const Incoming& request, const json::object& body);
    Reply report(const Incoming& request, const json::object& body);
    Reply release(const Incoming& request, const json::object& body);
    Reply messages(const Incoming& request, const json::object& body);
    Reply events(const Incoming& request, const json::object& body);
    Reply show_config(const Incoming& request, const json::object& body);
    Reply set_config(const Incoming& request, const json::object& body);
    Reply add_media(const Incoming& request, const json::object& body);
    Reply reset(const Incoming& request, const json::object& body);
    Reply health(const Incoming& request, const json::object& body);
    [[nodiscard]] Answer media(const Incoming& request);

    World& world_;
    Carrier& carrier_;
};

}  // namespace simulator
