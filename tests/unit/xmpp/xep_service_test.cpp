// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/adhoc.hpp"
#include "xmpp/xep/disco.hpp"
#include "xmpp/xep/gateway_prompt.hpp"
#include "xmpp/xep/register.hpp"
#include "xmpp/xep/vcard.hpp"
#include "xmpp/xml/reader.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

// One element of a stream whose content namespace is jabber:client.
Element read(std::string_view xml) {
    XmlReader reader;
    reader.feed("<stream xmlns='jabber:client'>");
    reader.next();
    reader.feed(xml);
    auto event = reader.next();
    EXPECT_TRUE(event) << xml << ": " << reader.fault_detail();
    return event ? std::get<Element>(*event) : Element("nothing");
}

Element message(std::string_view inner) {
    return read("<message>" + std::string(inner) + "</message>");
}

std::string xml(const Element& element) {
    return to_xml(element);
}

TEST(Forms, come_back_whole) {
    Form form;
    form.title = "Title";
    form.instructions = {"one", "two"};
    FormField& field = form.add("number", FieldType::list_single, "Number");
    field.required = true;
    field.description = "Yours";
    field.values = {"+1"};
    field.options = {{"First", "+1"}, {"", "+2"}};
    form.add_value("FORM_TYPE", "urn:form");
    const Element x = build_form(form);
    auto read_back = parse_form(x);
    ASSERT_TRUE(read_back);
    EXPECT_EQ(xml(build_form(*read_back)), xml(x));
    EXPECT_EQ(read_back->form_type(), "urn:form");
    EXPECT_EQ(read_back->field("FORM_TYPE")->type, FieldType::hidden);
    EXPECT_EQ(read_back->field("number")->options.size(), 2U);
}

TEST(Forms, read_submissions_without_types) {
    auto form = find_form(message(
        "<x xmlns='jabber:x:data' type='submit'><field var='a'><value>1</value></field><field "
        "var='b'/><field var='c'><value>true</value></field><field var='d' "
        "type='novel'><value>x</value><value>y</value></field></x>"
    ));
    ASSERT_TRUE(form);
    EXPECT_EQ(form->type, FormType::submit);
    EXPECT_EQ(form->value("a"), "1");
    EXPECT_TRUE(form->flag("a"));
    EXPECT_TRUE(form->flag("c"));
    EXPECT_FALSE(form->flag("d"));
    EXPECT_FALSE(form->value("b"));
    EXPECT_FALSE(form->value("z"));
    EXPECT_EQ(form->field("d")->values.size(), 2U);
    EXPECT_FALSE(find_form(message("<x xmlns='jabber:x:data'/>")));
    EXPECT_FALSE(find_form(message("")));
}

TEST(Disco, comes_back_whole) {
    DiscoInfo info;
    info.node = "n";
    info.identities = {{"gateway", "sms", "SMS"}, {"account", "registered"}};
    info.features = {"a", "b"};
    info.forms.emplace_back(FormType::result).add_value("FORM_TYPE", "t");
    const Element query = build_disco_info(info);
    auto back = parse_disco_info(query);
    ASSERT_TRUE(back);
    EXPECT_EQ(xml(build_disco_info(*back)), xml(query));
    EXPECT_EQ(back->identities, info.identities);
    EXPECT_TRUE(back->has_feature("b"));
    EXPECT_FALSE(back->has_feature("c"));
    EXPECT_FALSE(parse_disco_info(Element("query", "urn:x")));
}

TEST(Disco, lists_items) {
    const Element query = build_disco_items({{"a@b", "", "A"}, {"b", "n", ""}}, "list");
    EXPECT_EQ(
        xml(query),
        "<query xmlns='http://jabber.org/protocol/disco#items' node='list'><item jid='a@b' "
        "name='A'/><item jid='b' node='n'/></query>"
    );
    EXPECT_EQ(parse_disco_items(query).size(), 2U);
}

TEST(Caps, hash_as_xep_0115_says) {
    // §5.2, simple generation example.
    DiscoInfo exodus;
    exodus.identities = {{"client", "pc", "Exodus 0.9.1"}};
    exodus.features = {
        std::string(ns::muc),
        std::string(ns::disco_items),
        std::string(ns::disco_info),
        std::string(ns::caps)};
    EXPECT_EQ(caps_hash(exodus), "QgayPKawpkPSDYmwT/WM94uAlu0=");
    // §5.3, complex generation example.
    DiscoInfo psi;
    psi.identities = {{"client", "pc", "Psi 0.11", "en"}, {"client", "pc", "\u03A8 0.11", "el"}};
    psi.features = exodus.features;
    Form& form = psi.forms.emplace_back(FormType::result);
    form.add_value("FORM_TYPE", "urn:xmpp:dataforms:softwareinfo");
    form.add("ip_version", FieldType::text_multi).values = {"ipv6", "ipv4"};
    form.add_value("os", "Mac");
    form.add_value("os_version", "10.5.1");
    form.add_value("software", "Psi");
    form.add_value("software_version", "0.11");
    EXPECT_EQ(caps_hash(psi), "q07IKJEyjvHSyhy//CH0CxmKi8w=");
}

TEST(Caps, refuse_what_repeats) {
    DiscoInfo info;
    info.identities = {{"client", "pc"}};
    info.features = {"a"};
    EXPECT_TRUE(is_fit_for_caps(info));
    DiscoInfo twice = info;
    twice.features.push_back("a");
    EXPECT_FALSE(is_fit_for_caps(twice));
    twice = info;
    twice.identities.push_back(info.identities.front());
    EXPECT_FALSE(is_fit_for_caps(twice));
    twice = info;
    for (int i = 0; i < 2; ++i)
        twice.forms.emplace_back(FormType::result).add_value("FORM_TYPE", "t");
    EXPECT_FALSE(is_fit_for_caps(twice));
    twice = info;
    twice.forms.emplace_back(FormType::result).add("FORM_TYPE", FieldType::hidden).values = {
        "t", "u"};
    EXPECT_FALSE(is_fit_for_caps(twice));
}

TEST(Caps, are_read_from_presence) {
    Element presence("presence", ns::client);
    EXPECT_FALSE(parse_caps(presence));
    presence.add(build_caps("https://example.org", "v="));
    auto caps = parse_caps(presence);
    ASSERT_TRUE(caps);
    EXPECT_EQ(caps->hash + caps->node + caps->ver, "sha-1https://example.orgv=");
}

TEST(Register, has_form_and_fields_side_by_side) {
    Registration registration;
    registration.registered = true;
    registration.instructions = "Fill in";
    registration.fields = {{"phone", "+1"}};
    registration.form.emplace(FormType::form).add_value("phone", "+2");
    registration.oob_url = "https://example.org/";
    const Element query = build_registration(registration);
    Registration back = parse_registration(query);
    EXPECT_EQ(xml(build_registration(back)), xml(query));
    EXPECT_EQ(back.value("phone"), "+2");
    back.form.reset();
    EXPECT_EQ(back.value("phone"), "+1");
    EXPECT_FALSE(back.value("email"));
    EXPECT_FALSE(back.remove);
}

TEST(Register, sees_remove_and_cancel) {
    EXPECT_TRUE(
        parse_registration(read("<query xmlns='jabber:iq:register'><remove/></query>")).remove
    );
    EXPECT_TRUE(
        parse_registration(
            read(
                "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='cancel'/></query>"
            )
        )
            .is_cancelled()
    );
    EXPECT_FALSE(parse_registration(read("<query xmlns='jabber:iq:register'/>")).is_cancelled());
}

TEST(AdHoc, comes_back_whole) {
    Command command;
    command.node = "status";
    command.session = "s1";
    command.status = CommandStatus::executing;
    command.allowed = {CommandAction::next, CommandAction::complete};
    command.notes = {{NoteType::warn, "careful"}};
    command.form.emplace(FormType::form).add("a", FieldType::boolean);
    const Element element = build_command(command);
    auto back = parse_command(element);
    ASSERT_TRUE(back);
    EXPECT_EQ(xml(build_command(*back)), xml(element));
    EXPECT_EQ(back->allowed, command.allowed);
}

TEST(AdHoc, refuses_what_is_no_command) {
    EXPECT_FALSE(parse_command(read("<command xmlns='http://jabber.org/protocol/commands'/>")));
    EXPECT_FALSE(parse_command(
        read("<command xmlns='http://jabber.org/protocol/commands' node='a' action='dance'/>")
    ));
    EXPECT_FALSE(parse_command(Element("command", "urn:x")));
    auto plain =
        parse_command(read("<command xmlns='http://jabber.org/protocol/commands' node='a'/>"));
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->action);
    StanzaError error = command_error(CommandFault::session_expired);
    EXPECT_EQ(error.condition, Condition::not_allowed);
    EXPECT_EQ(error.extra->name(), "session-expired");
}

TEST(GatewayPrompt, asks_and_answers) {
    EXPECT_EQ(
        xml(build_prompt("Type a number", "Number")),
        "<query xmlns='jabber:iq:gateway'><desc>Type a number</desc><prompt>Number</prompt></query>"
    );
    EXPECT_EQ(
        parse_prompt(read("<query xmlns='jabber:iq:gateway'><prompt>+1</prompt></query>")), "+1"
    );
    EXPECT_FALSE(parse_prompt(read("<query xmlns='jabber:iq:gateway'/>")));
    EXPECT_EQ(
        xml(build_prompt_jid("a@b")), "<query xmlns='jabber:iq:gateway'><jid>a@b</jid></query>"
    );
}

TEST(VCard, comes_back_whole) {
    VCard card;
    card.full_name = "Juliet";
    card.nickname = "J";
    card.telephones = {"+15551234567"};
    card.emails = {"j@example.org"};
    card.url = "https://example.org/";
    card.description = "d";
    card.photo_type = "image/png";
    card.photo_bytes = std::string("\x89PNG\0", 5);
    const Element element = build_vcard(card);
    auto back = parse_vcard(element);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->photo_bytes, card.photo_bytes);
    EXPECT_EQ(xml(build_vcard(*back)), xml(element));
    EXPECT_FALSE(parse_vcard(Element("vCard", "urn:x")));
}

TEST(VCard, takes_wrapped_photos_and_leaves_out_broken_ones) {
    auto wrapped =
        parse_vcard(read("<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>Zm9v\n "
                         "Zg==</BINVAL></PHOTO></vCard>"));
    EXPECT_EQ(wrapped->photo_bytes, "foof");
    auto broken =
        parse_vcard(read("<vCard xmlns='vcard-temp'><PHOTO><BINVAL>!</BINVAL></PHOTO></vCard>"));
    EXPECT_EQ(broken->photo_bytes, "");
    EXPECT_EQ(xml(build_vcard_update("")), "<x xmlns='vcard-temp:x:update'><photo/></x>");
}

}  // namespace
}  // namespace sallyport::xmpp
