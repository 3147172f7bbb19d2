"""The people of a marketplace, and what they do: one verb a call."""

import uuid

from harness.client import Client, fresh_key
from harness.live import Live
from harness.waiting import wait_until

PASSWORD = "correct horse battery staple"
CARD = "pm_card_visa"
DECLINED_CARD = "pm_card_visa_chargeDeclined"
CARD_WITH_SECOND_STEP = "pm_card_authenticationRequired"
SILENT_CARD = "pm_sandbox_timeout"


def euros(amount):
    return {"amount": amount, "currency": "EUR"}


def bicycle(**other):
    """What a seller writes about a bicycle."""
    return {"title": "Blue bicycle", "description": "Rides well.", "category": "bikes",
            "condition": "good", "price": euros(4500), "quantity": 1} | other


class Market:
    """A running node, by its addresses."""

    def __init__(self, http, admin=None):
        self.http = http
        self.admin = admin

    def visitor(self):
        """Somebody who has no account."""
        return Client(self.http)

    def operator(self):
        return Client(self.admin)

    def person(self, name="Ada"):
        """Somebody new, signed up."""
        return Person(self, name)

    def seller(self, name="Sam"):
        """Somebody new who may sell."""
        person = self.person(name)
        person.open_shop()
        return person

    def captures(self, checkout=None, due=0):
        """What the sandbox's payment provider took, of one checkout or of all. Its list follows
        within a second: waits until what is due is there."""
        operator = self.operator()

        def taken():
            return [one for one in operator.pages("/sandbox/payments")
                    if checkout is None or one["checkout_id"] == checkout["id"]]

        wait_until(lambda: len(taken()) >= due, f"{due} captures are listed", 2)
        found = taken()
        operator.close()
        return found


class Person:
    def __init__(self, market, name="Ada", email=None):
        self.market = market
        self.name = name
        self.email = email or f"{uuid.uuid4().hex}@example.org"
        self.api = Client(market.http)
        self.session = self.api.keyed("/v1/auth/signup", {
            "email": self.email, "password": PASSWORD, "display_name": name}).expect(201)
        self.enter(self.session)

    def enter(self, session):
        """Goes on with this pair of tokens."""
        self.session = session
        self.id = session["user"]["id"]
        self.api.token = session["access_token"]

    def log_in(self):
        """One more session of the same person, as an own client."""
        session = Client(self.market.http).post(
            "/v1/auth/login", {"email": self.email, "password": PASSWORD}).expect(200)
        return session, Client(self.market.http, session["access_token"])

    def me(self):
        return self.api.get("/v1/me").expect(200)

    # -- selling -----------------------------------------------------------------------------------

    def open_shop(self):
        return self.api.post("/v1/me/seller", {}).expect(200)

    def draft(self, **fields):
        return self.api.keyed("/v1/listings", bicycle(**fields)).expect(201)

    def publish(self, listing):
        return self.api.post(f"/v1/listings/{listing['id']}/publish").expect(200)

    def offer(self, **fields):
        """A listing on sale."""
        return self.publish(self.draft(**fields))

    def edit(self, listing, **fields):
        return self.api.patch(f"/v1/listings/{listing['id']}", fields).expect(200)

    def act(self, listing, action):
        """publish, pause, resume or close."""
        return self.api.post(f"/v1/listings/{listing['id']}/{action}").expect(200)

    def restock(self, listing, delta):
        return self.api.keyed(f"/v1/listings/{listing['id']}/stock-adjustments",
                              {"delta": delta, "reason": "counted again"}).expect(200)

    def see(self, listing):
        return self.api.get(f"/v1/listings/{listing['id']}").expect(200)

    # -- buying ------------------------------------------------------------------------------------

    def cart(self):
        return self.api.post("/v1/carts", {}).expect(200, 201)

    def see_cart(self, cart):
        return self.api.get(f"/v1/carts/{cart['id']}").expect(200)

    def put_in(self, cart, listing, quantity=1):
        return self.api.keyed(f"/v1/carts/{cart['id']}/items",
                              {"listing_id": listing["id"], "quantity": quantity}).expect(200)

    def check_out(self, listing, quantity=1):
        return self.api.keyed("/v1/checkouts",
                              {"listing_id": listing["id"], "quantity": quantity}).expect(201)

    def check_out_cart(self, cart):
        return self.api.keyed("/v1/checkouts", {"cart_id": cart["id"]}).expect(201)

    def see_checkout(self, checkout):
        return self.api.get(f"/v1/checkouts/{checkout['id']}").expect(200)

    def reserve(self, checkout):
        return self.api.keyed(f"/v1/checkouts/{checkout['id']}/reserve", {}).expect(200)

    def try_to_pay(self, checkout, method=CARD, key=None):
        """The answer, whatever it is."""
        return self.api.post(f"/v1/checkouts/{checkout['id']}/complete",
                             {"payment_method": method}, key=key or fresh_key())

    def pay(self, checkout, method=CARD):
        return self.try_to_pay(checkout, method).expect(200)

    def buy(self, listing, quantity=1):
        return self.pay(self.check_out(listing, quantity))

    def give_up(self, checkout):
        return self.api.delete(f"/v1/checkouts/{checkout['id']}").expect(200)

    def orders(self, role="buyer"):
        return self.api.pages(f"/v1/orders?role={role}")

    # -- talking -----------------------------------------------------------------------------------

    def room_about(self, listing):
        return self.api.keyed("/v1/rooms", {"listing_id": listing["id"]}).expect(200, 201)

    def see_room(self, room):
        return self.api.get(f"/v1/rooms/{room['id']}").expect(200)

    def say(self, room, text):
        return self.api.post(f"/v1/rooms/{room['id']}/messages",
                             {"client_msg_id": fresh_key(), "text": text}).expect(201)

    def messages(self, room, after_seq=0):
        return self.api.pages(f"/v1/rooms/{room['id']}/messages?after_seq={after_seq}")

    def ticket(self):
        return self.api.post("/v1/ws/tickets", {}).expect(201)["ticket"]

    def connect(self, **more):
        """Live, before a word is said."""
        return Live(self.market.http, self.ticket(), **more)

    def live(self, **more):
        """Live, and welcome."""
        connection = self.connect(**more)
        connection.hello()
        return connection

    def leave(self):
        self.api.close()
