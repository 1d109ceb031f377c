"""Teaching a subject: its words (`draft`), its pictures (`shots`), the job (`lesson`), and their window."""
