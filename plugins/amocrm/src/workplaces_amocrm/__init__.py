"""amoCRM and Kommo as a CRM of Workplaces."""
