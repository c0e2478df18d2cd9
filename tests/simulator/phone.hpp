// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulator/carrier.hpp"

namespace simulator {

/// The terminal as a phone: draws what arrives, sends what is typed (README.md, "The phone").
class Phone {
  public:
    Phone(World& world, Carrier& carrier) : world_(world), carrier_(carrier) {}

    /// Reads standard input on a thread of its own; `on_end` is called in the loop when it ends or
    /// at `/quit`.
    void start(std::function<void()> on_end);

    /// Draws an event: a text that arrived, its reports, what became of a text that was typed.
    void draw(const json::object& event) const;

  private:
    void handle_line(const std::string& line);
    void handle_command(const std::string& word, const std::string& rest);
    void send(const std::string& text, std::vector<MediaItem> media);
    void say(const std::string& line) const;

    World& world_;
    Carrier& carrier_;
    std::string to_;
    std::function<void()> on_end_;
};

}  // namespace simulator
