"""One message to one person over the channels they have: the bell in the product, and e-mail.

What happened is an event; who should know and in which words is said by the subscribers of the app it belongs to.
"""
